//! The questions before blackout ends, and the wait for the control plane.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    observation::{FaultAction, Time},
    tui::{
        draw::{
            draw_context::DrawContext,
            text::{self, elapsed},
            theme::StyleRole,
        },
        overlays::{
            popup::Popup,
            question::{WIDTH, paragraphs, sheet},
        },
        update::fault_state::container,
    },
    world::World,
};

/// The question before leaving a lab in the middle of an outage.
pub(super) fn quit_lab(ctx: &DrawContext, screen: Rect, buf: &mut Buffer) {
    let columns = Popup::columns(WIDTH, screen);
    let text = "Its control plane is down. The lab ends with blackout, and the outage with it.";
    let lines = paragraphs(ctx, columns, &[(StyleRole::Text, text.to_owned())]);
    let keys = [("y Enter", "leave"), ("n Esc", "stay")];
    sheet(ctx, "Leave the lab in the middle of an outage?", &keys).render(columns, lines, screen, buf);
}

/// The question before leaving a control plane down.
pub(super) fn quit(ctx: &DrawContext, world: &World, now: Time, screen: Rect, buf: &mut Buffer) {
    let columns = Popup::columns(WIDTH, screen);
    let restoring = world.operator.in_progress().filter(|action| action.action == FaultAction::Restore);
    let failed = world.operator.failed().filter(|(_, action, _)| *action == FaultAction::Restore);
    let (title, texts) = match (restoring, failed) {
        (Some(action), _) => {
            let mut texts = vec![(StyleRole::Text, format!("{} is being started.", container(world)))];
            if let Some(retry) = &action.retry {
                let seconds = elapsed(retry.next, now).num_seconds().max(0);
                texts.push((StyleRole::Bad, format!("The last try failed: {}", retry.error)));
                texts.push((StyleRole::Text, format!("The next try is in {seconds} s.")));
            }
            ("Wait for the control plane?", texts)
        }
        (None, Some((_, _, error))) => (
            "Try again before leaving?",
            vec![
                (StyleRole::Text, format!("{} is down.", container(world))),
                (StyleRole::Bad, format!("Starting it failed: {error}")),
            ],
        ),
        (None, None) => {
            let why = format!("You took the control plane away, and {} is not back.", container(world));
            ("Start it again before leaving?", vec![(StyleRole::Text, why)])
        }
    };
    let lines = paragraphs(ctx, columns, &texts);
    let keys = [("y Enter", "start it, leave"), ("n", "leave it down"), ("Esc", "stay")];
    sheet(ctx, title, &keys).render(columns, lines, screen, buf);
}

/// The wait for the control plane to be ready before blackout ends.
pub(super) fn leaving(ctx: &DrawContext, world: &World, now: Time, since: Time, screen: Rect, buf: &mut Buffer) {
    let columns = Popup::columns(WIDTH, screen);
    let mut texts =
        vec![(StyleRole::Strong, format!("Starting {} ({})", container(world), text::age(elapsed(now, since))))];
    let words = world.operator.in_progress().and_then(|action| action.waits_for.clone());
    texts.push((StyleRole::Text, words.unwrap_or_else(|| "blackout ends when /readyz is 200.".to_owned())));
    let lines = paragraphs(ctx, columns, &texts);
    sheet(ctx, "Leaving", &[("n", "leave it as it is, now")]).render(columns, lines, screen, buf);
}
