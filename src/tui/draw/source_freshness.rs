//! How fresh what a pane shows is. Facts that came through the API server are only as fresh as the API server is
//! reachable: a watch that still believes itself live is not enough.

use crate::{
    observation::{SourceHealth, SourceId, Time},
    world::{Freshness, Phase, World},
};

/// How fresh the facts of one watch of the API server are.
pub(crate) fn api(world: &World, watch: &SourceId, now: Time) -> Freshness {
    let source = world.sources.freshness(watch);
    let readyz = &world.control_plane.readyz;
    let answers = match world.phase(now) {
        Phase::Up { .. } => true,
        // it may answer for another moment
        Phase::Stopping { .. } => readyz.ok(),
        // without health checks the watch alone has to be believed
        Phase::Unknown => readyz.last.is_none(),
        Phase::Down { .. } | Phase::Frozen { .. } | Phase::Starting { .. } => false,
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

/// How fresh what the container engine said is.
pub(crate) fn engine(world: &World) -> Freshness {
    world.sources.freshness(&SourceId::Docker)
}

/// What a source says is wrong with it, if it does.
pub(crate) fn trouble<'a>(world: &'a World, source: &SourceId) -> Option<&'a str> {
    match &world.sources.get(source)?.health {
        SourceHealth::Retrying { error } => Some(error),
        SourceHealth::Ended { reason } => Some(reason),
        SourceHealth::Connecting | SourceHealth::Live | SourceHealth::Lagging { .. } => None,
    }
}

/// How the journals are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalSources<'a> {
    /// How many are live.
    pub(crate) live: usize,
    /// How many there are.
    pub(crate) all: usize,
    /// How fresh they are together: live where all are, else as old as the oldest.
    pub(crate) freshness: Freshness,
    /// What is wrong with one of them, if anything is.
    pub(crate) trouble: Option<&'a str>,
}

/// How the journals of the workers are heard.
pub(crate) fn journals(world: &World) -> JournalSources<'_> {
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
    let trouble = ids.iter().find_map(|id| trouble(world, id));
    JournalSources { live, all: ids.len(), freshness, trouble }
}
