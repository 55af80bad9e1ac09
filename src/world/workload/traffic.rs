//! The workload's answers: per worker, on a fixed clock, with the recent past.

use std::collections::{BTreeMap, VecDeque};

use super::tally::Tally;
use crate::{
    observation::{Cluster, ProbeError, Time, TrafficOutcome, TrafficProbe},
    world::cluster::Freshness,
};

/// Slots kept for the graph: two minutes of half seconds.
pub const SLOTS_KEPT: usize = 240;

/// Traffic that has not been heard of for this long is no longer live: two probes' time-out and a slot.
const SILENT_MS: i64 = 4_500;

/// One slot of a worker's probe clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficSlot {
    /// Number of the slot.
    pub slot: u64,
    /// How far it is from the next, in milliseconds.
    pub every_ms: u32,
    /// When its outcome arrived.
    pub at: Time,
    /// Time to the answer or failure, in microseconds.
    pub latency_us: u64,
    /// What it met.
    pub outcome: TrafficOutcome,
}

impl TrafficSlot {
    /// Whether httpbin answered as it should.
    pub fn answered(&self) -> bool {
        self.outcome.is_success()
    }
}

/// What one worker's NodePort answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerTraffic {
    /// `host:port` that is asked, where the engine publishes it.
    pub address: Option<String>,
    /// The newest slots, oldest first; at most [`SLOTS_KEPT`], in the order of their slots.
    pub slots: VecDeque<TrafficSlot>,
    /// All slots since the start.
    pub tally: Tally,
}

impl WorkerTraffic {
    /// The newest slot.
    pub fn last(&self) -> Option<&TrafficSlot> {
        self.slots.back()
    }

    /// How fresh it is: down where the newest requests fail, unknown while the prober itself is late or absent.
    pub fn freshness(&self, now: Time) -> Freshness {
        let Some(last) = self.last() else { return Freshness::Unknown };
        if (now - last.at).num_milliseconds() > SILENT_MS {
            return Freshness::Stale { since: last.at };
        }
        match last.outcome {
            TrafficOutcome::Missed => Freshness::Unknown,
            _ if last.answered() => Freshness::Live,
            _ => {
                let first_failed = self.slots.iter().rev().take_while(|slot| !slot.answered()).last();
                Freshness::Down { since: first_failed.map_or(last.at, |slot| slot.at) }
            }
        }
    }

    /// Why the newest request failed, if it did.
    pub fn error(&self) -> Option<ProbeError> {
        match self.last()?.outcome {
            TrafficOutcome::Failed(error) => Some(error),
            TrafficOutcome::Answered(_) | TrafficOutcome::Missed => None,
        }
    }

    /// Median latency of the answers among the newest slots, in microseconds.
    pub fn median_us(&self) -> Option<u64> {
        let mut answers: Vec<u64> =
            self.slots.iter().filter(|slot| slot.answered()).map(|slot| slot.latency_us).collect();
        let middle = answers.len() / 2;
        (!answers.is_empty()).then(|| *answers.select_nth_unstable(middle).1)
    }
}

/// All workers' traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    by_worker: BTreeMap<String, WorkerTraffic>,
}

impl Traffic {
    /// Folds the engine's list of the cluster's containers.
    pub fn cluster(&mut self, cluster: &Cluster) {
        for worker in cluster.workers() {
            self.by_worker.entry(worker.name.clone()).or_default().address.clone_from(&worker.node_port);
        }
    }

    /// Folds one slot.
    pub fn probe(&mut self, at: Time, probe: &TrafficProbe) {
        let worker = self.by_worker.entry(probe.worker.clone()).or_default();
        match probe.outcome {
            TrafficOutcome::Missed => worker.tally.miss(),
            outcome => worker.tally.count(outcome.is_success()),
        }
        let &TrafficProbe { slot, every_ms, latency_us, outcome, .. } = probe;
        let slot = TrafficSlot { slot, every_ms, at, latency_us, outcome };
        // a time-out arrives after the answers to later slots: keep the order of the clock, not of the arrivals
        let place = worker.slots.iter().rposition(|earlier| earlier.slot < probe.slot).map_or(0, |index| index + 1);
        worker.slots.insert(place, slot);
        if worker.slots.len() > SLOTS_KEPT {
            worker.slots.pop_front();
        }
    }

    /// One worker, by name.
    pub fn get(&self, worker: &str) -> Option<&WorkerTraffic> {
        self.by_worker.get(worker)
    }

    /// All workers, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &WorkerTraffic)> {
        self.by_worker.iter().map(|(name, worker)| (name.as_str(), worker))
    }

    /// Whether no worker is known.
    pub fn is_empty(&self) -> bool {
        self.by_worker.is_empty()
    }

    /// All workers' slots together, since the start.
    pub fn tally(&self) -> Tally {
        self.by_worker.values().map(|worker| worker.tally).fold(Tally::default(), Tally::plus)
    }

    /// How fresh the workload as a whole is: live where any worker answers, down where none does.
    pub fn freshness(&self, now: Time) -> Freshness {
        let each: Vec<Freshness> = self.by_worker.values().map(|worker| worker.freshness(now)).collect();
        let newest = |pick: fn(&Freshness) -> Option<Time>| each.iter().filter_map(pick).max();
        if each.contains(&Freshness::Live) {
            return Freshness::Live;
        }
        let down = newest(|freshness| match freshness {
            Freshness::Down { since } => Some(*since),
            _ => None,
        });
        let stale = newest(|freshness| match freshness {
            Freshness::Stale { since } => Some(*since),
            _ => None,
        });
        match (down, stale) {
            (Some(since), _) => Freshness::Down { since },
            (None, Some(since)) => Freshness::Stale { since },
            (None, None) => Freshness::Unknown,
        }
    }
}
