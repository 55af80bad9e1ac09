//! The questions: before a deed, before leaving a control plane down, and the wait for it to come up.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::Sheet;
use crate::{
    observation::{Deed, Time},
    tui::{
        look::{Look, ago},
        text,
        theme::Tint,
        update::control::container,
    },
    world::{Phase, World},
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
pub(super) fn deed(look: &Look, world: &World, deed: Deed, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let (title, what, then) = match deed {
        Deed::Restore => (
            "Start the control plane again?",
            "starts",
            "Its API server is ready again after about 15 s; the kubelets follow at their next try.",
        ),
        Deed::Stop => (
            "Stop the control plane?",
            "stops",
            "Its API server closes at once, the container ends after about 11 s. The workers and httpbin run on. s starts it again.",
        ),
        Deed::Kill => ("Kill the control plane?", "kills", "It ends at once. s starts it again."),
        Deed::Pause => ("Freeze the control plane?", "freezes", "Its port stays open and nobody answers. s thaws it."),
        Deed::Disconnect => {
            ("Cut the control plane off?", "cuts off", "It runs on without a network. s connects it again.")
        }
        Deed::Apiserver => (
            "Stop the API server alone?",
            "stops the API server in",
            "The rest of the control plane runs on. s starts it again.",
        ),
    };
    let lines = paragraphs(
        look,
        columns,
        &[
            (Tint::Text, format!("This {what} the container")),
            (Tint::Strong, format!("  {}", container(world))),
            (Tint::Text, then.to_owned()),
        ],
    );
    // the name belongs to the sentence before it
    let lines = lines.into_iter().enumerate().filter(|(index, _)| *index != 1).map(|(_, line)| line).collect();
    sheet(look, title, &[("y Enter", "yes"), ("n Esc", "no")]).render(columns, lines, screen, buf);
}

/// The question before leaving a control plane down.
pub(super) fn quit(look: &Look, world: &World, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let restoring = world.deeds.in_progress().is_some_and(|deed| deed.deed == Deed::Restore);
    let (title, why) = if restoring {
        ("Wait for the control plane?", "The control plane that you stopped is on its way up.".to_owned())
    } else {
        let why = format!("You took the control plane away: {} is not running as it was.", container(world));
        ("Start it again before leaving?", why)
    };
    let lines = paragraphs(look, columns, &[(Tint::Text, why)]);
    let keys = [("y Enter", "start it, leave"), ("n", "leave it down"), ("Esc", "stay")];
    sheet(look, title, &keys).render(columns, lines, screen, buf);
}

/// The wait for the control plane to come up before blackout ends.
pub(super) fn leaving(look: &Look, world: &World, now: Time, since: Time, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(WIDTH, screen);
    let mut texts = vec![(Tint::Strong, format!("Starting {} ({})", container(world), text::age(ago(now, since))))];
    match (world.deeds.failed(), world.phase(now)) {
        (Some((at, Deed::Restore, error)), _) if *at >= since => {
            texts.push((Tint::Bad, format!("That failed: {error}")));
        }
        (_, Phase::Starting { .. }) => texts.push((Tint::Text, "Its container runs; it is not ready yet.".to_owned())),
        _ => texts.push((Tint::Text, "blackout ends when it is up.".to_owned())),
    }
    let lines = paragraphs(look, columns, &texts);
    sheet(look, "Leaving", &[("n", "leave it as it is, now")]).render(columns, lines, screen, buf);
}
