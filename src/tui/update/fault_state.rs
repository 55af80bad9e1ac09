//! What can be done to the control plane now, and what is under way.
//!
//! Pure queries, for the footer and the header as much as for [`super::fault_control`].

use chrono::Duration;

use crate::{
    observation::{FaultAction, RunState, SourceHealth, SourceId, Time},
    tui::{
        draw::text::{self, elapsed},
        model::{Model, mode::Mode},
    },
    world::{Phase, World},
};

/// How long a stop takes: kind's nodes ignore the signal, and the engine waits ten seconds before it kills.
pub(crate) const STOP_TAKES: Duration = Duration::seconds(11);

/// How long a start takes to a `/readyz` of 200, as measured on a small machine.
pub(crate) const START_TAKES: Duration = Duration::seconds(15);

/// A deed that the session was told of counts as under way for this long, until its first step is reported: the guard
/// inspects the container before it begins, for 5 s at most.
const TOLD: Duration = Duration::seconds(6);

/// The deed under way, and since when; also one that the session has only just been told of.
pub(crate) fn under_way(model: &Model, world: &World, now: Time) -> Option<(FaultAction, Time)> {
    if let Some(action) = world.operator.in_progress() {
        return Some((action.action, action.requested));
    }
    let (action, at) = model.requested?;
    // whatever came of it, its first step says more than that it was asked for
    let known = world.operator.last_step().is_some_and(|step| step >= at);
    (now - at < TOLD && !known).then_some((action, at))
}

/// What `s` would do now, or why it does nothing.
pub(crate) fn intent(model: &Model, world: &World, now: Time) -> Result<FaultAction, String> {
    if model.mode == Mode::Replay {
        return Err("a tape is playing: nothing can be stopped or started in it".to_owned());
    }
    if let Some((action, asked)) = under_way(model, world, now) {
        let waited = elapsed(now, asked).num_seconds();
        return Err(match action {
            FaultAction::Restore => format!("the control plane is being started ({waited} s); wait until that is done"),
            FaultAction::Stop => {
                format!("the control plane is being stopped ({waited} s of about 11 s); wait until it is down")
            }
            _ => format!("something is being done to the control plane ({waited} s); wait until that is done"),
        });
    }
    if world.cluster.is_none() {
        return Err("no cluster is known yet: nothing to stop".to_owned());
    }
    if world.operator.fault().is_some() {
        return Ok(FaultAction::Restore);
    }
    let Some((_, container)) = &world.control_plane.container else {
        return Err("the engine has not said yet how the control plane's container is".to_owned());
    };
    match container.state {
        RunState::Absent | RunState::Removing => {
            Err("the control plane's container no longer exists; kind has to make the cluster anew".to_owned())
        }
        RunState::Running | RunState::Restarting if container.attached => stoppable(model, world, now),
        _ => Ok(FaultAction::Restore),
    }
}

fn stoppable(model: &Model, world: &World, now: Time) -> Result<FaultAction, String> {
    if let Phase::Stopping { .. } = world.phase(now) {
        return Err("somebody else is stopping the control plane; wait until it is down".to_owned());
    }
    // on its way to its first answer it has said already how the control plane's container is
    let answers = world
        .sources
        .get(&SourceId::Docker)
        .is_some_and(|source| !matches!(source.health, SourceHealth::Retrying { .. } | SourceHealth::Ended { .. }));
    if model.mode == Mode::Live && !answers {
        return Err("the container engine does not answer: it could stop nothing, and start nothing again".to_owned());
    }
    Ok(FaultAction::Stop)
}

/// The name of the container that a deed would be done to.
pub(crate) fn container(world: &World) -> &str {
    world
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.control_planes().next())
        .map_or("the control plane's container", |node| &node.name)
}

/// How far a deed is: `4 s of 11 s`, `12 s` where it takes longer than it should.
pub(crate) fn progress(since: Time, takes: Duration, now: Time) -> String {
    let waited = elapsed(now, since);
    if waited < takes { format!("{} s of {} s", waited.num_seconds(), takes.num_seconds()) } else { text::age(waited) }
}
