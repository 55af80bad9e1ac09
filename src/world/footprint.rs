//! The memory that a world takes, as an estimate by which a replay decides how many clones it keeps.
//!
//! An estimate only: sizes of strings and tree nodes are constants.

use std::collections::BTreeMap;

use super::fold::World;
use crate::world::{
    cluster::{Node, Pod},
    journal::{RetryLoop, WorkerJournal},
    outage::Outage,
    workload::TrafficSlot,
};

/// Bytes of one key of a map, with its share of the tree and of the strings that it owns.
const KEY: usize = 160;

/// Bytes of the lines that wait for a second line about the same failure, for each worker
/// (`kubelet::DuplicateFilter`).
const DUPLICATES: usize = 1_600;

impl World {
    /// Bytes that a clone of this world takes. Journal entries and past outages are shared between clones, and count as
    /// pointers.
    pub fn footprint(&self) -> usize {
        let slots: usize =
            self.traffic.iter().map(|(_, worker)| KEY + worker.slots.len() * size_of::<TrafficSlot>()).sum();
        let marks: usize = self.marks.iter().map(|mark| size_of_val(mark) + mark.word.len()).sum();
        let cluster = self.cluster.as_ref().map_or(0, |cluster| cluster.nodes.len() * KEY);
        let named = self.control_plane.named.as_ref().map_or(0, |(_, checks)| checks.len() * KEY);
        let latest_probes = self.latest_probes.containers.len() * KEY;
        let outages = [self.outages.current(), self.outages.dropped_sum()];
        size_of::<Self>()
            + slots
            + marks
            + cluster
            + named
            + latest_probes
            + self.nodes.iter().count() * (KEY * 3 + size_of::<Node>())
            + self.pods.len() * (KEY * 2 + size_of::<Pod>())
            + self.sources.iter().count() * KEY * 2
            + self.control_plane.samples.len() * 32
            + self.journal.len() * size_of::<usize>()
            + self.journal.workers().count() * (KEY + DUPLICATES + size_of::<WorkerJournal>())
            + self.outages.past().len() * size_of::<usize>()
            + outages.into_iter().flatten().map(Outage::footprint).sum::<usize>()
    }
}

impl Outage {
    fn footprint(&self) -> usize {
        let keys = |keys: usize| keys * KEY;
        let lanes: usize = self.lanes.iter().map(|(_, lane)| 1_024 + keys(lane.by_worker.len())).sum();
        let gaps = |one: &RetryLoop| one.gaps.len() * size_of::<chrono::Duration>();
        let retries: usize = self.retries.iter().map(|(_, one)| KEY + size_of::<RetryLoop>() + gaps(one)).sum();
        let containers = self.probe_results.containers.values().map(|worker| {
            let containers = [&worker.ended, &worker.started].map(BTreeMap::len);
            KEY * 3 + keys(containers.iter().sum()) * 2
        });
        let names = self.traffic.len() + self.leases().map_or(0, BTreeMap::len) + self.probe_results.restarted.len();
        size_of::<Self>() + lanes + retries + containers.sum::<usize>() + keys(names)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        observation::{Observation, Time},
        world::World,
    };

    #[test]
    fn a_world_with_more_facts_takes_more_memory() {
        let at = Time::UNIX_EPOCH;
        let mut world = World::new(at);
        let empty = world.footprint();
        for number in 0..1_000 {
            world.apply(at, &Observation::Mark { word: number.to_string() });
        }
        assert!(world.footprint() > empty + 1_000 * 40);
    }
}
