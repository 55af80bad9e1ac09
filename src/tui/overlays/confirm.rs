//! The question before a fault or a restore, and the second one if its intent cannot be written.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    observation::FaultAction,
    tui::{
        draw::{draw_context::DrawContext, theme::StyleRole},
        model::{
            Model,
            guard_status::{GuardState, GuardStatus},
            mode::Mode,
        },
        overlays::{
            popup::Popup,
            question::{WIDTH, paragraphs, sheet},
        },
        update::fault_state::container,
    },
    world::World,
};

/// The question before a deed; it names the container.
pub(super) fn confirm(
    ctx: &DrawContext,
    world: &World,
    model: &Model,
    action: FaultAction,
    screen: Rect,
    buf: &mut Buffer,
) {
    let columns = Popup::columns(WIDTH, screen);
    let (title, what, then) = match action {
        FaultAction::Restore => (
            "Start the control plane again?",
            "starts",
            "Its API server is ready again after about 15 s; the kubelets follow at their next try.",
        ),
        FaultAction::Stop => (
            "Stop the control plane?",
            "stops",
            "Its API server closes at once, the container ends after about 11 s. The workers and httpbin run on. s starts it again.",
        ),
        FaultAction::Kill => ("Kill the control plane?", "kills", "It ends at once. s starts it again."),
        FaultAction::Pause => {
            ("Freeze the control plane?", "freezes", "Its port stays open and nobody answers. s thaws it.")
        }
        FaultAction::Disconnect => {
            ("Cut the control plane off?", "cuts off", "It runs on without a network. s connects it again.")
        }
        FaultAction::Apiserver => (
            "Stop the API server alone?",
            "stops the API server in",
            "The rest of the control plane runs on. s starts it again.",
        ),
    };
    let mut lines = paragraphs(ctx, columns, &[(StyleRole::Text, format!("This {what} the container"))]);
    lines.extend(ctx.wrapped(StyleRole::Strong, format!("  {}", container(world)), columns));
    let mut texts = vec![(StyleRole::Text, then.to_owned())];
    texts.extend(guard(model, action));
    lines.push(Line::default());
    lines.extend(paragraphs(ctx, columns, &texts));
    sheet(ctx, title, &[("y Enter", "yes"), ("n Esc", "no")]).render(columns, lines, screen, buf);
}

/// What keeps the promise that the control plane comes back, or why nothing does.
fn guard(model: &Model, action: FaultAction) -> Vec<(StyleRole, String)> {
    let GuardStatus { state, intent_fails, watched_by } = &model.guard;
    let mut texts = Vec::new();
    if action == FaultAction::Restore || model.mode != Mode::Live {
        return texts;
    }
    if let Some(pid) = watched_by {
        texts.push((StyleRole::Bad, format!("Another blackout (pid {pid}) watches over this control plane.")));
        return texts;
    }
    match state {
        GuardState::Absent | GuardState::Starting => {}
        GuardState::Running(pid) => {
            texts.push((StyleRole::Dim, format!("A guard (pid {pid}) starts it again even if blackout is killed.")))
        }
        GuardState::Fallback(reason) => texts.push((
            StyleRole::Bad,
            format!("No guard process can be started ({reason}): if this program is killed, nothing starts it again."),
        )),
        GuardState::Off => texts.push((StyleRole::Bad, "--leave: nothing starts it again by itself.".to_owned())),
    }
    if let Some(reason) = intent_fails {
        texts.push((StyleRole::Bad, format!("No note of it can be kept on disk: {reason}.")));
    }
    texts
}

/// The second question before a fault whose intent cannot be put on disk.
pub(super) fn consent(
    ctx: &DrawContext,
    world: &World,
    action: FaultAction,
    reason: &str,
    screen: Rect,
    buf: &mut Buffer,
) {
    let columns = Popup::columns(WIDTH, screen);
    let verb = if action == FaultAction::Stop { "Stop" } else { "Take away" };
    let texts = [
        (StyleRole::Bad, format!("No note of it can be kept on disk: {reason}.")),
        (
            StyleRole::Text,
            format!(
                "If this machine loses its power, the next start of blackout does not know that {} is down.",
                container(world)
            ),
        ),
    ];
    let lines = paragraphs(ctx, columns, &texts);
    let title = format!("{verb} the control plane without an intent file?");
    sheet(ctx, &title, &[("y Enter", "yes, all the same"), ("n Esc", "no")]).render(columns, lines, screen, buf);
}
