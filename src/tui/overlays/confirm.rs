//! The questions: before a deed, before leaving a control plane down, and the wait for it to be ready.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::Sheet;
use crate::{
    observation::{FaultAction, Time},
    tui::{
        look::{Look, ago},
        model::{GuardState, GuardStatus, Mode, Model},
        text,
        theme::Tint,
        update::control::container,
    },
    world::World,
};

const WIDTH: u16 = 62;

fn sheet<'a>(look: &'a Look, title: &'a str, keys: &'a [(&'static str, &'static str)]) -> Sheet<'a> {
    Sheet { look, title, keys, tint: Tint::Busy, scroll: 0 }
}

fn paragraphs(look: &Look, columns: usize, texts: &[(Tint, String)]) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (index, (tint, text)) in texts.iter().enumerate() {
        if index > 0 {
            lines.push(Line::default());
        }
        lines.extend(look.wrapped(*tint, text, columns));
    }
    lines
}

/// The question before a deed; it names the container.
pub(super) fn deed(look: &Look, world: &World, model: &Model, deed: FaultAction, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let (title, what, then) = match deed {
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
    let mut lines = paragraphs(look, columns, &[(Tint::Text, format!("This {what} the container"))]);
    lines.extend(look.wrapped(Tint::Strong, format!("  {}", container(world)), columns));
    let mut texts = vec![(Tint::Text, then.to_owned())];
    texts.extend(guard(model, deed));
    lines.push(Line::default());
    lines.extend(paragraphs(look, columns, &texts));
    sheet(look, title, &[("y Enter", "yes"), ("n Esc", "no")]).render(columns, lines, screen, buf);
}

/// What keeps the promise that the control plane comes back, or why nothing does.
fn guard(model: &Model, deed: FaultAction) -> Vec<(Tint, String)> {
    let GuardStatus { state, intent_fails, watched_by } = &model.guard;
    let mut texts = Vec::new();
    if deed == FaultAction::Restore || model.mode != Mode::Live {
        return texts;
    }
    if let Some(pid) = watched_by {
        texts.push((Tint::Bad, format!("Another blackout (pid {pid}) watches over this control plane.")));
        return texts;
    }
    match state {
        GuardState::Absent | GuardState::Starting => {}
        GuardState::Running(pid) => {
            texts.push((Tint::Dim, format!("A guard (pid {pid}) starts it again even if blackout is killed.")))
        }
        GuardState::Fallback(reason) => texts.push((
            Tint::Bad,
            format!("No guard process can be started ({reason}): if this program is killed, nothing starts it again."),
        )),
        GuardState::Off => texts.push((Tint::Bad, "--leave: nothing starts it again by itself.".to_owned())),
    }
    if let Some(reason) = intent_fails {
        texts.push((Tint::Bad, format!("No note of it can be kept on disk: {reason}.")));
    }
    texts
}

/// The second question before a fault whose intent cannot be put on disk.
pub(super) fn consent(look: &Look, world: &World, deed: FaultAction, reason: &str, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let verb = if deed == FaultAction::Stop { "Stop" } else { "Take away" };
    let texts = [
        (Tint::Bad, format!("No note of it can be kept on disk: {reason}.")),
        (
            Tint::Text,
            format!(
                "If this machine loses its power, the next start of blackout does not know that {} is down.",
                container(world)
            ),
        ),
    ];
    let lines = paragraphs(look, columns, &texts);
    let title = format!("{verb} the control plane without an intent file?");
    sheet(look, &title, &[("y Enter", "yes, all the same"), ("n Esc", "no")]).render(columns, lines, screen, buf);
}

/// The question before leaving a lab in the middle of an outage.
pub(super) fn quit_lab(look: &Look, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let text = "Its control plane is down. The lab ends with blackout, and the outage with it.";
    let lines = paragraphs(look, columns, &[(Tint::Text, text.to_owned())]);
    let keys = [("y Enter", "leave"), ("n Esc", "stay")];
    sheet(look, "Leave the lab in the middle of an outage?", &keys).render(columns, lines, screen, buf);
}

/// The question before leaving a control plane down.
pub(super) fn quit(look: &Look, world: &World, now: Time, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let restoring = world.operator.in_progress().filter(|deed| deed.deed == FaultAction::Restore);
    let failed = world.operator.failed().filter(|(_, deed, _)| *deed == FaultAction::Restore);
    let (title, texts) = match (restoring, failed) {
        (Some(deed), _) => {
            let mut texts = vec![(Tint::Text, format!("{} is being started.", container(world)))];
            if let Some(retry) = &deed.retry {
                let seconds = ago(retry.next, now).num_seconds().max(0);
                texts.push((Tint::Bad, format!("The last try failed: {}", retry.error)));
                texts.push((Tint::Text, format!("The next try is in {seconds} s.")));
            }
            ("Wait for the control plane?", texts)
        }
        (None, Some((_, _, error))) => (
            "Try again before leaving?",
            vec![
                (Tint::Text, format!("{} is down.", container(world))),
                (Tint::Bad, format!("Starting it failed: {error}")),
            ],
        ),
        (None, None) => {
            let why = format!("You took the control plane away, and {} is not back.", container(world));
            ("Start it again before leaving?", vec![(Tint::Text, why)])
        }
    };
    let lines = paragraphs(look, columns, &texts);
    let keys = [("y Enter", "start it, leave"), ("n", "leave it down"), ("Esc", "stay")];
    sheet(look, title, &keys).render(columns, lines, screen, buf);
}

/// The wait for the control plane to be ready before blackout ends.
pub(super) fn leaving(look: &Look, world: &World, now: Time, since: Time, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let mut texts = vec![(Tint::Strong, format!("Starting {} ({})", container(world), text::age(ago(now, since))))];
    let words = world.operator.in_progress().and_then(|deed| deed.waits_for.clone());
    texts.push((Tint::Text, words.unwrap_or_else(|| "blackout ends when /readyz is 200.".to_owned())));
    let lines = paragraphs(look, columns, &texts);
    sheet(look, "Leaving", &[("n", "leave it as it is, now")]).render(columns, lines, screen, buf);
}
