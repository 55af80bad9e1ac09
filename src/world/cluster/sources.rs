//! The health of each source, and the time of its last observation.
//!
//! Whether a fact is fresh is asked of its source here; the fact itself is kept by the part that folds it.

use std::collections::BTreeMap;

use super::freshness::Freshness;
use crate::observation::{ListedResource, Observation, SourceHealth, SourceId, SourceReport, Time};

/// The status of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// Health that it last reported.
    pub health: SourceHealth,
    /// Time since which it has had this kind of health.
    pub since: Time,
    /// Time of its last observation of the cluster. `None` before the first one.
    pub last_observation: Option<Time>,
    /// Last time at which it was live. `None` if it never was.
    pub last_live: Option<Time>,
}

/// All sources that have reported their health.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    by_id: BTreeMap<SourceId, SourceStatus>,
}

impl Sources {
    /// Applies a source's report about its own health.
    pub fn apply_report(&mut self, at: Time, report: &SourceReport) {
        let source = self.by_id.entry(report.source.clone()).or_insert_with(|| SourceStatus {
            health: SourceHealth::Connecting,
            since: at,
            last_observation: None,
            last_live: None,
        });
        if matches!(source.health, SourceHealth::Live | SourceHealth::Lagging { .. }) {
            source.last_live = Some(at);
        }
        // another error of the same kind does not restart its age
        if std::mem::discriminant(&source.health) != std::mem::discriminant(&report.health) {
            source.since = at;
        }
        source.health = report.health.clone();
        if source.health == SourceHealth::Live {
            source.last_live = Some(at);
        }
    }

    /// Notes the time of an observation for the source that made it.
    pub fn note_observation(&mut self, at: Time, observation: &Observation) {
        let id = match observation {
            Observation::Cluster(_) | Observation::Container(_) | Observation::EngineEvent(_) => SourceId::Docker,
            Observation::Journal(line) => {
                // by far the most frequent observation: found without an allocation
                let known = self
                    .by_id
                    .iter_mut()
                    .find(|(id, _)| matches!(id, SourceId::Journal(worker) if *worker == line.worker));
                if let Some((_, source)) = known {
                    source.last_observation = Some(at);
                }
                return;
            }
            Observation::Node(_) => SourceId::Nodes,
            Observation::Pod(_) => SourceId::Pods,
            Observation::Lease { .. } => SourceId::Leases,
            Observation::Gone { resource, .. } => Self::watch(*resource),
            Observation::Listed(listed) => Self::watch(listed.resource),
            Observation::Health(_) | Observation::Write(_) | Observation::Leader(_) => SourceId::Health,
            Observation::Runtime(_) => SourceId::Runtime,
            Observation::Traffic(_) => SourceId::Traffic,
            Observation::JournalDropped { .. }
            | Observation::Source(_)
            | Observation::Operator(_)
            | Observation::TimeJump(_)
            | Observation::Mark { .. } => return,
        };
        if let Some(source) = self.by_id.get_mut(&id) {
            source.last_observation = Some(at);
        }
    }

    fn watch(resource: ListedResource) -> SourceId {
        match resource {
            ListedResource::Nodes => SourceId::Nodes,
            ListedResource::Pods => SourceId::Pods,
            ListedResource::Leases => SourceId::Leases,
        }
    }

    /// The source `id`. `None` if it has not reported its health.
    pub fn get(&self, id: &SourceId) -> Option<&SourceStatus> {
        self.by_id.get(id)
    }

    /// All sources, ordered by id.
    pub fn iter(&self) -> impl Iterator<Item = (&SourceId, &SourceStatus)> {
        self.by_id.iter()
    }

    /// True if the source gets data, even if it drops some.
    pub fn is_live(&self, id: &SourceId) -> bool {
        self.get(id).is_some_and(|source| matches!(source.health, SourceHealth::Live | SourceHealth::Lagging { .. }))
    }

    /// Freshness of the facts of one source: live while it is live, stale since it last was, else unknown.
    pub fn freshness(&self, id: &SourceId) -> Freshness {
        match self.get(id) {
            None => Freshness::Unknown,
            Some(_) if self.is_live(id) => Freshness::Live,
            Some(source) => match source.last_live.max(source.last_observation) {
                Some(since) => Freshness::Stale { since },
                None => Freshness::Unknown,
            },
        }
    }
}
