//! Ending blackout: at once, or after a question while the control plane is down.

use crate::{
    observation::{FaultAction, Time},
    tui::{
        model::{Model, mode::Mode, overlay::Overlay},
        update::{
            command::Command,
            fault_state::under_way,
            response::{hint, show},
        },
    },
    world::{Phase, World},
};

/// Whether leaving now would leave a control plane down that we took away, or end a lab in the middle of its outage.
fn owes_a_restore(model: &Model, world: &World, now: Time) -> bool {
    let under_way = under_way(model, world, now).map(|(action, _)| action);
    // it answers already: the guard sees the rest through, and the way out waits for it
    if under_way == Some(FaultAction::Restore) && matches!(world.phase(now), Phase::Up { .. }) {
        return false;
    }
    let told = under_way.is_some_and(|action| action != FaultAction::Restore);
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

pub(super) fn leave(model: &mut Model, now: Time) -> Vec<Command> {
    model.overlay = Overlay::Leaving { since: now };
    vec![Command::Quit { restore: true }]
}
