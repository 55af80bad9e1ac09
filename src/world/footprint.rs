//! How much memory a world takes, roughly: what a player may clone, and how often.

use std::collections::BTreeMap;

use super::fold::World;
use crate::world::{
    cluster::{Node, Pod},
    journal::{RetryLoop, WorkerJournal},
    outage::Outage,
    workload::TrafficSlot,
};

/// Bytes that a key of a map takes with its share of the tree and of the strings that it owns.
const KEY: usize = 160;

/// Bytes of the lines that wait for their twin, for each worker (`kubelet::DuplicateFilter`).
const TWINS: usize = 1_600;

impl World {
    /// Returns how many bytes a clone of this world takes. Entries of the journal and past outages are shared between
    /// clones, and count as pointers.
    pub fn footprint(&self) -> usize {
        let slots: usize =
            self.traffic.iter().map(|(_, worker)| KEY + worker.slots.len() * size_of::<TrafficSlot>()).sum();
        let marks: usize = self.marks.iter().map(|mark| size_of_val(mark) + mark.word.len()).sum();
        let cluster = self.cluster.as_ref().map_or(0, |cluster| cluster.nodes.len() * KEY);
        let named = self.control_plane.named.as_ref().map_or(0, |(_, checks)| checks.len() * KEY);
        let known = self.latest_probes.inside.len() * KEY;
        let outages = [self.outages.current(), self.outages.forgotten_sum()];
        size_of::<Self>()
            + slots
            + marks
            + cluster
            + named
            + known
            + self.nodes.iter().count() * (KEY * 3 + size_of::<Node>())
            + self.pods.len() * (KEY * 2 + size_of::<Pod>())
            + self.sources.iter().count() * KEY * 2
            + self.control_plane.samples.len() * 32
            + self.journal.len() * size_of::<usize>()
            + self.journal.workers().count() * (KEY + TWINS + size_of::<WorkerJournal>())
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
        let inside = self.probe_results.inside.values().map(|inside| {
            let containers = [&inside.ended, &inside.begun].map(BTreeMap::len);
            KEY * 3 + keys(containers.iter().sum()) * 2
        });
        let names = self.traffic.len() + self.steps.leases.len() + self.probe_results.restarted.len();
        size_of::<Self>() + lanes + retries + inside.sum::<usize>() + keys(names)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        observation::{Observation, Time},
        world::World,
    };

    #[test]
    fn a_world_that_knows_more_takes_more() {
        let at = Time::UNIX_EPOCH;
        let mut world = World::new(at);
        let empty = world.footprint();
        for number in 0..1_000 {
            world.apply(at, &Observation::Mark { word: number.to_string() });
        }
        assert!(world.footprint() > empty + 1_000 * 40);
    }
}
