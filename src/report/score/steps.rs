//! The steps of an outage in the order of their times, with an id for JSON and a name for people.

use chrono::Duration;
use serde::Serialize;

use super::{evidence, moments::is_newest};
use crate::{
    observation::{SourceId, Time},
    units::seconds,
    world::{Outage, World},
};

/// Shortest silence of all kubelets that is a step: half of the longest wait of a lease's retry (7 s), rounded down.
const SILENCE: Duration = Duration::seconds(3);

/// A step and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachedStep {
    /// Id of the step, such as `fault-asked`, `lane-dns` or `lease-renewed`.
    #[serde(rename = "step")]
    pub id: String,
    /// The node or source that reached it. `None` if it is a step of the whole outage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Time at which it was reached.
    pub at: Time,
    /// Seconds from the beginning of the outage to that time.
    pub t_plus_s: f64,
}

/// The name of a step for people. An id that is not known is its own name.
pub fn step_name(id: &str) -> String {
    let name = match id {
        "fault-asked" => "fault requested",
        "engine-event" => "first event of the container engine",
        "first-failed-check" => "first failed health check",
        "container-down" => "container down",
        "restore-asked" => "restore requested",
        "container-up" => "container up",
        "port-open" => "published port open",
        "livez" => "`/livez` passes",
        "readyz" => "`/readyz` passes",
        "nodes-ready" => "all nodes Ready, node leases renewed",
        "first-journal-silence" => "first silence of all kubelets",
        "lease-renewed" => "node lease renewed",
        "watch-back" => "watch live again",
        _ => {
            return match id.strip_prefix("lane-") {
                Some(lane) => format!("first line in lane `{lane}`"),
                None => id.to_owned(),
            };
        }
    };
    name.to_owned()
}

/// The steps that `outage` has reached.
pub(super) fn steps(outage: &Outage, world: &World) -> Vec<ReachedStep> {
    let mut steps = Vec::new();
    let mut reached = |id: &str, of: Option<String>, at: Time| {
        steps.push(ReachedStep { id: id.to_owned(), of, at, t_plus_s: seconds(at - outage.began) });
    };
    for (id, at) in outage.steps().named() {
        if let Some(at) = at {
            reached(id, None, at);
        }
    }
    for (lane, lit) in outage.lanes.iter() {
        reached(&format!("lane-{}", lane.name()), None, lit.span.first);
    }
    if let Some(at) = evidence::first_silence(outage, world, SILENCE) {
        reached("first-journal-silence", None, at);
    }
    for (node, at) in outage.leases().into_iter().flatten() {
        reached("lease-renewed", Some(node.clone()), *at);
    }
    for (watch, at) in watches_back(outage, world) {
        reached("watch-back", Some(watch.to_string()), at);
    }
    // stable: steps of one moment stay in the order in which they are usually reached
    steps.sort_by_key(|step| step.at);
    steps
}

/// The watches that are live since the container came up again.
fn watches_back(outage: &Outage, world: &World) -> Vec<(SourceId, Time)> {
    let Some(up) = outage.steps().container_up.filter(|_| is_newest(outage, world)) else { return Vec::new() };
    [SourceId::Nodes, SourceId::Pods, SourceId::Leases]
        .into_iter()
        .filter(|watch| world.sources.is_live(watch))
        .filter_map(|watch| world.sources.get(&watch).map(|source| (watch, source.since)))
        .filter(|(_, since)| *since >= up)
        .collect()
}
