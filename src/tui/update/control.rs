//! Taking the control plane away and bringing it back, and leaving.
//!
//! A deed is refused here, never in the session: while another is under way, while nobody can carry it out, and where
//! there is nothing to carry it out on. Each refusal says why.

use chrono::Duration;

use super::{Command, Mode, Model, Overlay, hint, show};
use crate::{
    observation::{FaultAction, RunState, SourceHealth, SourceId, Time},
    tui::{look::ago, text},
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
    if let Some(deed) = world.operator.in_progress() {
        return Some((deed.deed, deed.asked));
    }
    let (deed, at) = model.told?;
    // whatever came of it, its first step says more than that it was asked for
    let known = world.operator.last_step().is_some_and(|step| step >= at);
    (now - at < TOLD && !known).then_some((deed, at))
}

/// What `s` would do now, or why it does nothing.
pub(crate) fn intent(model: &Model, world: &World, now: Time) -> Result<FaultAction, String> {
    if model.mode == Mode::Replay {
        return Err("a tape is playing: nothing can be stopped or started in it".to_owned());
    }
    if let Some((deed, asked)) = under_way(model, world, now) {
        let waited = ago(now, asked).num_seconds();
        return Err(match deed {
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

/// Asks before a deed.
pub(super) fn toggle(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match intent(model, world, now) {
        Ok(deed) => {
            let _ = show(model, Overlay::Confirm(deed));
            vec![Command::StartGuard]
        }
        Err(why) => hint(model, now, why),
    }
}

/// Does what the answer to an open question asks for.
pub(super) fn answer(model: &mut Model, world: &World, yes: bool, now: Time) -> Vec<Command> {
    match std::mem::take(&mut model.overlay) {
        Overlay::Confirm(_) | Overlay::Consent { .. } if !yes => vec![Command::DismissGuard],
        Overlay::Confirm(asked) => match begin(model, world, asked, now) {
            Ok(deed)
                if deed != FaultAction::Restore
                    && let Some(reason) = model.guard.intent_fails.clone() =>
            {
                show(model, Overlay::Consent { deed, reason })
            }
            Ok(deed) => carry(model, deed, false, now),
            Err(why) => refuse(model, now, why),
        },
        Overlay::Consent { deed: asked, .. } => match begin(model, world, asked, now) {
            Ok(deed) => carry(model, deed, true, now),
            Err(why) => refuse(model, now, why),
        },
        Overlay::Quit if model.mode == Mode::Lab => match yes {
            true => vec![Command::Quit { restore: false }],
            false => Vec::new(),
        },
        Overlay::Quit if yes => leave(model, now),
        Overlay::Quit | Overlay::Leaving { .. } if !yes => vec![Command::LeaveDown],
        other => show(model, other),
    }
}

/// Whether what was asked is still what would be done: the world went on while the question stood there.
fn begin(model: &Model, world: &World, asked: FaultAction, now: Time) -> Result<FaultAction, String> {
    let deed = intent(model, world, now)?;
    if deed != asked {
        return Err("the control plane has changed meanwhile; press s again".to_owned());
    }
    match model.guard.watched_by {
        Some(pid) if deed != FaultAction::Restore => {
            Err(format!("another blackout (pid {pid}) watches over this control plane; use that one, or end it first"))
        }
        _ => Ok(deed),
    }
}

fn carry(model: &mut Model, deed: FaultAction, without_intent: bool, now: Time) -> Vec<Command> {
    model.told = Some((deed, now));
    vec![Command::Carry { deed, without_intent }]
}

fn refuse(model: &mut Model, now: Time, why: String) -> Vec<Command> {
    let _ = hint(model, now, why);
    vec![Command::DismissGuard]
}

/// Whether leaving now would leave a control plane down that we took away, or end a lab in the middle of its outage.
fn owes_a_restore(model: &Model, world: &World, now: Time) -> bool {
    let under_way = under_way(model, world, now).map(|(deed, _)| deed);
    // it answers already: the guard sees the rest through, and the way out waits for it
    if under_way == Some(FaultAction::Restore) && matches!(world.phase(now), Phase::Up { .. }) {
        return false;
    }
    let told = under_way.is_some_and(|deed| deed != FaultAction::Restore);
    model.mode != Mode::Replay && (world.operator.fault().is_some() || told)
}

/// Leaves, or asks first.
pub(super) fn quit(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match model.overlay {
        Overlay::Leaving { .. } => hint(model, now, "the control plane is on its way up; n leaves it as it is, now"),
        _ if owes_a_restore(model, world, now) => show(model, Overlay::Quit),
        _ => vec![Command::Quit { restore: false }],
    }
}

/// Leaves; pressed twice, without a question, and a real control plane is started first.
pub(super) fn interrupt(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match model.overlay {
        Overlay::Quit if model.mode == Mode::Lab => vec![Command::Quit { restore: false }],
        Overlay::Quit => leave(model, now),
        _ => quit(model, world, now),
    }
}

fn leave(model: &mut Model, now: Time) -> Vec<Command> {
    model.overlay = Overlay::Leaving { since: now };
    vec![Command::Quit { restore: true }]
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
    let waited = ago(now, since);
    if waited < takes { format!("{} s of {} s", waited.num_seconds(), takes.num_seconds()) } else { text::age(waited) }
}
