//! The questions before blackout quits, and the wait for the control plane.

use crate::{
    observation::{FaultAction, Time},
    tui::{
        draw::{
            text::{duration, elapsed},
            theme::StyleRole,
        },
        input::key_mode::KeyMode,
        overlays::question::Question,
        update::fault_state::container,
    },
    world::World,
};

/// The question before quitting a lab during an outage.
pub(super) fn quit_lab() -> Question {
    let text = "The control plane of the lab is down. The lab ends with blackout.";
    Question {
        title: "Quit the lab during an outage?".to_owned(),
        paragraphs: vec![(StyleRole::Text, text.to_owned())],
        mode: KeyMode::QuitLab,
    }
}

/// The question before quitting while the control plane is down.
pub(super) fn quit(world: &World, now: Time) -> Question {
    let container = container(world);
    let restoring = world.operator.in_progress().filter(|operation| operation.action == FaultAction::Restore);
    let failed = world.operator.failed().filter(|(_, action, _)| *action == FaultAction::Restore);
    let (title, paragraphs) = match (restoring, failed) {
        (Some(operation), _) => {
            let mut paragraphs = vec![(StyleRole::Text, format!("{container} is starting."))];
            if let Some(retry) = &operation.retry {
                paragraphs.push((StyleRole::Bad, format!("The last attempt failed: {}", retry.error)));
                paragraphs.push((StyleRole::Text, format!("Next attempt in {}.", duration(elapsed(retry.next, now)))));
            }
            ("Wait for the control plane?", paragraphs)
        }
        (None, Some((_, _, error))) => (
            "Try again before quitting?",
            vec![
                (StyleRole::Text, format!("{container} is down.")),
                (StyleRole::Bad, format!("Starting it failed: {error}")),
            ],
        ),
        (None, None) => {
            let state = format!("blackout stopped the control plane, and {container} is still down.");
            ("Start it again before quitting?", vec![(StyleRole::Text, state)])
        }
    };
    Question { title: title.to_owned(), paragraphs, mode: KeyMode::Quit }
}

/// The wait for the control plane to be ready before blackout exits.
pub(super) fn leaving(world: &World, now: Time, since: Time) -> Question {
    let waits_for = world.operator.in_progress().and_then(|operation| operation.waits_for.clone());
    let paragraphs = vec![
        (StyleRole::Strong, format!("Starting {} ({})", container(world), duration(elapsed(now, since)))),
        (StyleRole::Text, waits_for.unwrap_or_else(|| "blackout exits as soon as /readyz is 200.".to_owned())),
    ];
    Question { title: "Quitting".to_owned(), paragraphs, mode: KeyMode::Leaving }
}
