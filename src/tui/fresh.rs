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
