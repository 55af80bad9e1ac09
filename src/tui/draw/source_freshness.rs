//! Freshness of what a pane shows. Facts from the API server are live only while it answers: a watch that reports
//! itself live is not enough.

use crate::{
    observation::{SourceHealth, SourceId, Time},
    world::{Freshness, Phase, World},
};

/// Freshness of the facts of one watch on the API server.
pub(crate) fn api_freshness(world: &World, watch: &SourceId, now: Time) -> Freshness {
    let source = world.sources.freshness(watch);
    let readyz = &world.control_plane.readyz;
    let answers = match world.phase(now) {
        Phase::Up { .. } => true,
        // it may still answer for a moment
        Phase::Stopping { .. } => readyz.ok(),
        // without health checks there is only the watch to go by
        Phase::Unknown => readyz.last.is_none(),
        Phase::Down { .. } | Phase::Paused { .. } | Phase::Starting { .. } => false,
    };
    match source {
        Freshness::Live if answers => Freshness::Live,
        Freshness::Unknown => Freshness::Unknown,
        _ if answers => source,
        _ => match source.since().into_iter().chain(readyz.last_ok).min() {
            Some(since) => Freshness::Stale { since },
            None => Freshness::Unknown,
        },
    }
}

/// Freshness of the facts from the container engine.
pub(crate) fn engine_freshness(world: &World) -> Freshness {
    world.sources.freshness(&SourceId::Docker)
}

/// The error of a source. `None` if it is live or connecting.
pub(crate) fn source_error<'a>(world: &'a World, source: &SourceId) -> Option<&'a str> {
    match &world.sources.get(source)?.health {
        SourceHealth::Retrying { error } => Some(error),
        SourceHealth::Ended { reason } => Some(reason),
        SourceHealth::Connecting | SourceHealth::Live | SourceHealth::Lagging { .. } => None,
    }
}

/// State of the journal sources of all workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalSources<'a> {
    /// Journals that are live.
    pub(crate) live: usize,
    /// Journals, one for each worker.
    pub(crate) all: usize,
    /// Live if all journals are, else as old as the oldest.
    pub(crate) freshness: Freshness,
    /// The error of one of them. `None` if there is none.
    pub(crate) error: Option<&'a str>,
}

/// State of the journal sources of all workers.
pub(crate) fn journal_sources(world: &World) -> JournalSources<'_> {
    let ids: Vec<SourceId> = match &world.cluster {
        Some(cluster) => cluster.workers().map(|worker| SourceId::Journal(worker.name.clone())).collect(),
        None => {
            world.sources.iter().map(|(id, _)| id).filter(|id| matches!(id, SourceId::Journal(_))).cloned().collect()
        }
    };
    let live = ids.iter().filter(|id| world.sources.is_live(id)).count();
    let oldest = ids.iter().filter_map(|id| world.sources.freshness(id).since()).min();
    let freshness = match oldest {
        _ if live == ids.len() && live > 0 => Freshness::Live,
        Some(since) => Freshness::Stale { since },
        None => Freshness::Unknown,
    };
    let error = ids.iter().find_map(|id| source_error(world, id));
    JournalSources { live, all: ids.len(), freshness, error }
}
