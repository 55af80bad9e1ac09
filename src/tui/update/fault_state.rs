//! Faults that are possible now, and the one that is under way.
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

/// Expected duration of a stop: the init of a kind node ignores SIGTERM, so the engine kills it after its 10 s of
/// grace.
pub(crate) const STOP_TAKES: Duration = Duration::seconds(11);

/// Expected duration of a start until `/readyz` is 200, measured on a machine of two cores.
pub(crate) const START_TAKES: Duration = Duration::seconds(15);

/// Maximum delay between a request and its first reported step: the guard inspects the container for up to 5 s first.
const FIRST_STEP_WITHIN: Duration = Duration::seconds(6);

/// The fault or restore under way, and when it was requested. `None` if there is none.
pub(crate) fn under_way(model: &Model, world: &World, now: Time) -> Option<(FaultAction, Time)> {
    if let Some(action) = world.operator.in_progress() {
        return Some((action.action, action.requested));
    }
    let (action, at) = model.requested?;
    // from its first step on, the world knows more than the request
    let reported = world.operator.last_step().is_some_and(|step| step >= at);
    (now - at < FIRST_STEP_WITHIN && !reported).then_some((action, at))
}

/// The fault or restore that `s` would execute now.
///
/// # Errors
/// The reason, as shown to the operator, if it can execute neither.
pub(crate) fn next_fault_action(model: &Model, world: &World, now: Time) -> Result<FaultAction, String> {
    if model.mode == Mode::Replay {
        return Err("a replay cannot stop or start anything".to_owned());
    }
    if let Some((action, asked)) = under_way(model, world, now) {
        let waited = elapsed(now, asked).num_seconds();
        return Err(match action {
            FaultAction::Restore => format!("the control plane is starting ({waited} s); wait until it is ready"),
            FaultAction::Stop => {
                format!("the control plane is stopping ({waited} s of about 11 s); wait until it is down")
            }
            _ => format!("a fault is in progress ({waited} s); wait until it is complete"),
        });
    }
    if world.cluster.is_none() {
        return Err("no cluster found yet; nothing to stop".to_owned());
    }
    if world.operator.fault().is_some() {
        return Ok(FaultAction::Restore);
    }
    let Some((_, container)) = &world.control_plane.container else {
        return Err("the state of the control plane's container is not known yet".to_owned());
    };
    match container.state {
        RunState::Absent | RunState::Removing => {
            Err("the control plane's container no longer exists; create the cluster again with kind".to_owned())
        }
        RunState::Running | RunState::Restarting if container.attached => stoppable(model, world, now),
        _ => Ok(FaultAction::Restore),
    }
}

fn stoppable(model: &Model, world: &World, now: Time) -> Result<FaultAction, String> {
    if let Phase::Stopping { .. } = world.phase(now) {
        return Err("the control plane is being stopped outside blackout; wait until it is down".to_owned());
    }
    // a source that is connecting has reported the container already
    let answers = world
        .sources
        .get(&SourceId::Docker)
        .is_some_and(|source| !matches!(source.health, SourceHealth::Retrying { .. } | SourceHealth::Ended { .. }));
    if model.mode == Mode::Live && !answers {
        return Err("the container engine does not answer; it could not start the control plane again".to_owned());
    }
    Ok(FaultAction::Stop)
}

/// Name of the container that a fault would be applied to.
pub(crate) fn container(world: &World) -> &str {
    world
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.control_planes().next())
        .map_or("the control plane's container", |node| &node.name)
}

/// Progress of a fault: `4 s of 11 s`, `12 s` if it takes longer than it should.
pub(crate) fn progress(since: Time, takes: Duration, now: Time) -> String {
    let waited = elapsed(now, since);
    if waited < takes {
        format!("{} s of {} s", waited.num_seconds(), takes.num_seconds())
    } else {
        text::duration(waited)
    }
}
