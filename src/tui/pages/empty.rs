//! No container engine, or no kind cluster in it: what that means, and the way out.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{centred, columns};
use crate::tui::{look::Look, theme::Tint};

/// No container engine answers.
pub(super) fn no_engine(look: &Look, error: &str, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = headline(look, &format!("{} No container engine answers", look.glyphs.down));
    lines.extend(look.wrapped(Tint::Text, error, columns));
    lines.push(Line::default());
    lines.extend(look.wrapped(
        Tint::Text,
        "blackout keeps trying and goes on by itself as soon as the engine answers.",
        columns,
    ));
    lines.extend(keys(look));
    centred(lines, area, buf);
}

/// The engine has no kind cluster, or not the one that was asked for.
pub(super) fn no_cluster(look: &Look, wanted: Option<&str>, found: &[String], area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let title = match wanted {
        Some(name) => format!("{} There is no kind cluster named {name}", look.glyphs.unknown),
        None => format!("{} The engine has no kind cluster", look.glyphs.unknown),
    };
    let mut lines: Vec<Line<'static>> = look.wrapped(Tint::Unknown, title, columns);
    lines.push(Line::default());
    if !found.is_empty() {
        lines.extend(look.wrapped(Tint::Text, format!("There is: {}", found.join(", ")), columns));
    }
    lines.extend(look.wrapped(Tint::Text, "To make the one that this demo is about:", columns));
    lines.push(Line::from(look.span(Tint::Key, "    make -C kind-cluster up")));
    lines.push(Line::default());
    lines.extend(look.wrapped(
        Tint::Text,
        "It is found by itself as soon as it is there, also while it is stopped.",
        columns,
    ));
    lines.extend(keys(look));
    centred(lines, area, buf);
}

fn headline(look: &Look, text: &str) -> Vec<Line<'static>> {
    vec![Line::from(look.span(Tint::Bad, text)), Line::default()]
}

fn keys(look: &Look) -> [Line<'static>; 2] {
    let keys = [("Enter", " look again   "), ("b", " the lab: no Docker needed   "), ("l", " log   "), ("q", " quit")];
    let spans = keys.into_iter().flat_map(|(key, word)| [look.span(Tint::Key, key), look.span(Tint::Text, word)]);
    [Line::default(), spans.collect::<Vec<_>>().into()]
}
