//! Requests to the workload through each worker's NodePort, on a fixed clock, with the last two minutes.
//!
//! A slot without a request is kept as missed, so that a gap is never shown as an answer.

use std::collections::{BTreeMap, VecDeque};

use super::tally::Tally;
use crate::{
    observation::{Cluster, ProbeError, Time, TrafficOutcome, TrafficProbe},
    world::cluster::Freshness,
};

/// Slots kept for the graph: two minutes at one every 500 ms.
pub const SLOTS_KEPT: usize = 240;

/// Milliseconds without an outcome after which traffic is no longer live: twice the time-out of a request (2 s) and one
/// slot of 500 ms.
const SILENT_MS: i64 = 4_500;

/// One slot of a worker's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficSlot {
    /// Number of the slot, from 0.
    pub slot: u64,
    /// Time to the next slot, in milliseconds.
    pub every_ms: u32,
    /// Time at which its outcome arrived.
    pub at: Time,
    /// Time to the answer or failure, in microseconds.
    pub latency_us: u64,
    /// Outcome of the request.
    pub outcome: TrafficOutcome,
}

impl TrafficSlot {
    /// True if the workload answered as expected.
    pub fn answered(&self) -> bool {
        self.outcome.is_success()
    }
}

/// Requests through one worker's NodePort.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerTraffic {
    /// `host:port` of the NodePort on the host. `None` if the engine publishes none.
    pub address: Option<String>,
    /// The newest slots, oldest first; at most [`SLOTS_KEPT`], in the order of their slots.
    pub slots: VecDeque<TrafficSlot>,
    /// Counts of all slots since the start.
    pub tally: Tally,
}

impl WorkerTraffic {
    /// The newest slot. `None` before the first one.
    pub fn last(&self) -> Option<&TrafficSlot> {
        self.slots.back()
    }

    /// Freshness at `now`: down if the newest request failed, unknown if none was sent.
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

    /// Error of the newest request. `None` if it did not fail.
    pub fn error(&self) -> Option<ProbeError> {
        match self.last()?.outcome {
            TrafficOutcome::Failed(error) => Some(error),
            TrafficOutcome::Answered(_) | TrafficOutcome::Missed => None,
        }
    }
}

/// Requests through the NodePorts of all workers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    by_worker: BTreeMap<String, WorkerTraffic>,
}

impl Traffic {
    /// Applies the engine's list of the cluster's containers.
    pub fn apply_cluster(&mut self, cluster: &Cluster) {
        for worker in cluster.workers() {
            self.by_worker.entry(worker.name.clone()).or_default().address.clone_from(&worker.node_port);
        }
    }

    /// Applies the outcome of one slot.
    pub fn apply_probe(&mut self, at: Time, probe: &TrafficProbe) {
        let worker = self.by_worker.entry(probe.worker.clone()).or_default();
        worker.tally.count_traffic(probe.outcome);
        let &TrafficProbe { slot, every_ms, latency_us, outcome, .. } = probe;
        let slot = TrafficSlot { slot, every_ms, at, latency_us, outcome };
        // ordered by the clock: a time-out arrives after the answers to later slots
        let index = worker.slots.iter().rposition(|earlier| earlier.slot < probe.slot).map_or(0, |index| index + 1);
        worker.slots.insert(index, slot);
        if worker.slots.len() > SLOTS_KEPT {
            worker.slots.pop_front();
        }
    }

    /// The worker with this name. `None` if it is not known.
    pub fn get(&self, worker: &str) -> Option<&WorkerTraffic> {
        self.by_worker.get(worker)
    }

    /// All workers, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &WorkerTraffic)> {
        self.by_worker.iter().map(|(name, worker)| (name.as_str(), worker))
    }

    /// True if no worker is known.
    pub fn is_empty(&self) -> bool {
        self.by_worker.is_empty()
    }

    /// Counts of all slots since the start, over all workers.
    pub fn tally(&self) -> Tally {
        self.by_worker.values().map(|worker| worker.tally).fold(Tally::default(), Tally::plus)
    }

    /// Freshness of the workload as a whole at `now`: live if any worker answers, down if none does.
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
