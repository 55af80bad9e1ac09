//! Questions before a fault or a restore, and their answers.
//!
//! A fault is refused here, never in the session: while another is under way, while nothing could execute it, and where
//! there is no container to execute it on. Each refusal gives the reason.

use crate::{
    observation::{FaultAction, Time},
    tui::{
        model::{Model, mode::Mode, overlay::Overlay},
        update::{
            command::Command,
            fault_state::next_fault_action,
            quit::restore_and_quit,
            response::{hint, show},
        },
    },
    world::World,
};

/// Asks before a fault or a restore.
pub(super) fn toggle(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    match next_fault_action(model, world, now) {
        Ok(action) => {
            let _ = show(model, Overlay::Confirm(action));
            vec![Command::StartGuard]
        }
        Err(why) => hint(model, now, why),
    }
}

/// Applies the answer to the open question.
pub(super) fn answer(model: &mut Model, world: &World, yes: bool, now: Time) -> Vec<Command> {
    match std::mem::take(&mut model.overlay) {
        Overlay::Confirm(_) | Overlay::Consent { .. } if !yes => vec![Command::DismissGuard],
        Overlay::Confirm(asked) => match recheck(model, world, asked, now) {
            Ok(action)
                if action != FaultAction::Restore
                    && let Some(reason) = model.guard.intent_fails.clone() =>
            {
                show(model, Overlay::Consent { action, reason })
            }
            Ok(action) => execute(model, action, false, now),
            Err(why) => refuse(model, now, why),
        },
        Overlay::Consent { action: asked, .. } => match recheck(model, world, asked, now) {
            Ok(action) => execute(model, action, true, now),
            Err(why) => refuse(model, now, why),
        },
        Overlay::Quit if model.mode == Mode::Lab => match yes {
            true => vec![Command::Quit { restore: false }],
            false => Vec::new(),
        },
        Overlay::Quit if yes => restore_and_quit(model, now),
        Overlay::Quit | Overlay::Leaving { .. } if !yes => vec![Command::LeaveDown],
        other => show(model, other),
    }
}

/// Checks that the question still fits: the world may have changed while it was open.
///
/// # Errors
/// The reason, as shown to the operator, if the action can no longer be executed.
fn recheck(model: &Model, world: &World, asked: FaultAction, now: Time) -> Result<FaultAction, String> {
    let action = next_fault_action(model, world, now)?;
    if action != asked {
        return Err("the control plane has changed meanwhile; press s again".to_owned());
    }
    match model.guard.watched_by {
        Some(pid) if action != FaultAction::Restore => {
            Err(format!("another blackout (pid {pid}) guards this control plane; use that one, or quit it first"))
        }
        _ => Ok(action),
    }
}

fn execute(model: &mut Model, action: FaultAction, without_intent: bool, now: Time) -> Vec<Command> {
    model.requested = Some((action, now));
    vec![Command::Execute { action, without_intent }]
}

fn refuse(model: &mut Model, now: Time, why: String) -> Vec<Command> {
    let _ = hint(model, now, why);
    vec![Command::DismissGuard]
}
