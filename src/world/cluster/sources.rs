//! How each source is doing, and when it was last heard.

use std::collections::BTreeMap;

use super::freshness::Freshness;
use crate::observation::{ListedResource, Observation, SourceHealth, SourceId, SourceReport, Time};

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// What it last said of itself.
    pub health: SourceHealth,
    /// Since when that is so.
    pub since: Time,
    /// When it last said anything about the cluster.
    pub heard: Option<Time>,
    /// The last moment at which it was live.
    pub last_live: Option<Time>,
}

/// All sources that have spoken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    by_id: BTreeMap<SourceId, SourceStatus>,
}

impl Sources {
    /// Folds a source's report about itself.
    pub fn report(&mut self, at: Time, report: &SourceReport) {
        let source = self.by_id.entry(report.source.clone()).or_insert_with(|| SourceStatus {
            health: SourceHealth::Connecting,
            since: at,
            heard: None,
            last_live: None,
        });
        if matches!(source.health, SourceHealth::Live | SourceHealth::Lagging { .. }) {
            source.last_live = Some(at);
        }
        // a new error of the same kind of trouble does not restart its age
        if std::mem::discriminant(&source.health) != std::mem::discriminant(&report.health) {
            source.since = at;
        }
        source.health = report.health.clone();
        if source.health == SourceHealth::Live {
            source.last_live = Some(at);
        }
    }

    /// Notes that the source of an observation has just spoken.
    pub fn heard(&mut self, at: Time, observation: &Observation) {
        let id = match observation {
            Observation::Cluster(_) | Observation::Container(_) | Observation::EngineEvent(_) => SourceId::Docker,
            Observation::Journal(line) => {
                // the firehose: no allocation for a worker that is known
                let known = self
                    .by_id
                    .iter_mut()
                    .find(|(id, _)| matches!(id, SourceId::Journal(worker) if *worker == line.worker));
                if let Some((_, source)) = known {
                    source.heard = Some(at);
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
            source.heard = Some(at);
        }
    }

    fn watch(resource: ListedResource) -> SourceId {
        match resource {
            ListedResource::Nodes => SourceId::Nodes,
            ListedResource::Pods => SourceId::Pods,
            ListedResource::Leases => SourceId::Leases,
        }
    }

    /// One source, if it has spoken.
    pub fn get(&self, id: &SourceId) -> Option<&SourceStatus> {
        self.by_id.get(id)
    }

    /// All sources that have spoken, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&SourceId, &SourceStatus)> {
        self.by_id.iter()
    }

    /// Whether the source hears what it is there to hear.
    pub fn is_live(&self, id: &SourceId) -> bool {
        self.get(id).is_some_and(|source| matches!(source.health, SourceHealth::Live | SourceHealth::Lagging { .. }))
    }

    /// How fresh the facts of one source are: live while it is, stale since it was last live, else unknown.
    pub fn freshness(&self, id: &SourceId) -> Freshness {
        match self.get(id) {
            None => Freshness::Unknown,
            Some(_) if self.is_live(id) => Freshness::Live,
            Some(source) => match source.last_live.max(source.heard) {
                Some(since) => Freshness::Stale { since },
                None => Freshness::Unknown,
            },
        }
    }
}
