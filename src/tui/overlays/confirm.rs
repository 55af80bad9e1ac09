//! The question before a fault or a restore, and the second question if the intent cannot be written.

use crate::{
    observation::FaultAction,
    tui::{
        draw::theme::StyleRole,
        input::key_mode::KeyMode,
        model::{
            Model,
            guard_status::{GuardState, GuardStatus},
            mode::Mode,
        },
        overlays::question::Question,
        update::fault_state::container,
    },
    world::World,
};

/// The question before a fault or a restore. It names the container.
pub(super) fn confirm(world: &World, model: &Model, action: FaultAction) -> Question {
    let container = container(world);
    let (title, effect) = match action {
        FaultAction::Restore => (
            "Start the control plane again?",
            format!(
                "This starts {container}. The API server is ready after about 15 s; the kubelets follow at their next \
                 attempt."
            ),
        ),
        FaultAction::Stop => (
            "Stop the control plane?",
            format!(
                "This stops {container}. The API server closes its port at once, the container exits after about 11 s. \
                 The workers and httpbin keep running. s starts it again."
            ),
        ),
        FaultAction::Kill => (
            "Kill the control plane?",
            format!("This kills {container} with SIGKILL. It exits at once. s starts it again."),
        ),
        FaultAction::Pause => (
            "Pause the control plane?",
            format!("This pauses {container}. Its port stays open, but nothing answers. s resumes it."),
        ),
        FaultAction::Disconnect => (
            "Disconnect the control plane?",
            format!("This disconnects {container} from its network; it keeps running. s connects it again."),
        ),
        FaultAction::Apiserver => (
            "Stop the API server?",
            format!(
                "This stops the API server in {container}; the rest of the control plane keeps running. s starts it \
                 again."
            ),
        ),
    };
    let mut paragraphs = vec![(StyleRole::Text, effect)];
    if action != FaultAction::Restore && model.mode == Mode::Live {
        paragraphs.extend(guard_notes(&model.guard));
    }
    Question { title: title.to_owned(), paragraphs, mode: KeyMode::Confirm }
}

/// Statement about what restores the control plane if blackout dies, or why nothing would.
fn guard_notes(guard: &GuardStatus) -> Vec<(StyleRole, String)> {
    let GuardStatus { state, intent_fails, watched_by } = guard;
    if let Some(pid) = watched_by {
        return vec![(StyleRole::Bad, format!("Another blackout (pid {pid}) guards this control plane."))];
    }
    let mut notes = Vec::new();
    match state {
        GuardState::Absent | GuardState::Starting => {}
        GuardState::Running(pid) => notes
            .push((StyleRole::Dim, format!("A guard process (pid {pid}) starts it again even if blackout is killed."))),
        GuardState::Fallback(reason) => notes.push((
            StyleRole::Bad,
            format!("No guard process can be started ({reason}): if blackout is killed, nothing starts it again."),
        )),
        GuardState::Off => notes.push((StyleRole::Bad, "--leave: nothing starts it again automatically.".to_owned())),
    }
    if let Some(reason) = intent_fails {
        notes.push((StyleRole::Bad, intent_error(reason)));
    }
    notes
}

fn intent_error(reason: &str) -> String {
    format!("The intent file cannot be written: {reason}.")
}

/// The second question before a fault whose intent cannot be written to disk.
pub(super) fn consent(world: &World, action: FaultAction, reason: &str) -> Question {
    let title = match action {
        FaultAction::Stop => "Stop the control plane without an intent file?",
        _ => "Continue without an intent file?",
    };
    let consequence = format!(
        "If this machine loses power, the next start of blackout will not know that {} is down.",
        container(world)
    );
    let paragraphs = vec![(StyleRole::Bad, intent_error(reason)), (StyleRole::Text, consequence)];
    Question { title: title.to_owned(), paragraphs, mode: KeyMode::Confirm }
}
