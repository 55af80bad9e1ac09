//! Quitting: at once, or after a question while a fault of ours is in force.

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

/// Whether quitting now would leave a control plane down that blackout stopped, or end a lab during its outage.
fn needs_restore(model: &Model, world: &World, now: Time) -> bool {
    let under_way = under_way(model, world, now).map(|(action, _)| action);
    // it answers already; the guard completes the restore, and the shutdown waits for it
    if under_way == Some(FaultAction::Restore) && matches!(world.phase(now), Phase::Up { .. }) {
        return false;
    }
    let fault_under_way = under_way.is_some_and(|action| action != FaultAction::Restore);
    model.mode != Mode::Replay && (world.operator.fault().is_some() || fault_under_way)
}

/// Quits, or asks first.
pub(super) fn quit(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match model.overlay {
        Overlay::Leaving { .. } => hint(model, now, "the control plane is starting; n quits now and leaves it down"),
        _ if needs_restore(model, world, now) => show(model, Overlay::Quit),
        _ => vec![Command::Quit { restore: false }],
    }
}

/// Quits, or asks first. Over the question it quits without an answer, after starting a real control plane.
pub(super) fn interrupt(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match model.overlay {
        Overlay::Quit if model.mode == Mode::Lab => vec![Command::Quit { restore: false }],
        Overlay::Quit => restore_and_quit(model, now),
        _ => quit(model, world, now),
    }
}

pub(super) fn restore_and_quit(model: &mut Model, now: Time) -> Vec<Command> {
    model.overlay = Overlay::Leaving { since: now };
    vec![Command::Quit { restore: true }]
}
