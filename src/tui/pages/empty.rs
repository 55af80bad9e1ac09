//! No container engine, or no kind cluster in it: what that means, and the way out.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    pages::page_text::{centred, columns},
};

/// No container engine answers.
pub(super) fn no_engine(ctx: &DrawContext, error: &str, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = headline(ctx, &format!("{} No container engine answers", ctx.glyphs.down));
    lines.extend(ctx.wrapped(StyleRole::Text, error, columns));
    lines.push(Line::default());
    lines.extend(ctx.wrapped(
        StyleRole::Text,
        "blackout keeps trying and goes on by itself as soon as the engine answers.",
        columns,
    ));
    lines.extend(keys(ctx));
    centred(lines, area, buf);
}

/// The engine has no kind cluster, or not the one that was asked for.
pub(super) fn no_cluster(ctx: &DrawContext, wanted: Option<&str>, found: &[String], area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let title = match wanted {
        Some(name) => format!("{} There is no kind cluster named {name}", ctx.glyphs.unknown),
        None => format!("{} The engine has no kind cluster", ctx.glyphs.unknown),
    };
    let mut lines: Vec<Line<'static>> = ctx.wrapped(StyleRole::Unknown, title, columns);
    lines.push(Line::default());
    if !found.is_empty() {
        lines.extend(ctx.wrapped(StyleRole::Text, format!("There is: {}", found.join(", ")), columns));
    }
    lines.extend(ctx.wrapped(StyleRole::Text, "To make the one that this demo is about:", columns));
    lines.push(Line::from(ctx.span(StyleRole::Key, "    make -C kind-cluster up")));
    lines.push(Line::default());
    lines.extend(ctx.wrapped(
        StyleRole::Text,
        "It is found by itself as soon as it is there, also while it is stopped.",
        columns,
    ));
    lines.extend(keys(ctx));
    centred(lines, area, buf);
}

fn headline(ctx: &DrawContext, text: &str) -> Vec<Line<'static>> {
    vec![Line::from(ctx.span(StyleRole::Bad, text)), Line::default()]
}

fn keys(ctx: &DrawContext) -> [Line<'static>; 2] {
    let keys = [("Enter", " look again   "), ("b", " the lab: no Docker needed   "), ("l", " log   "), ("q", " quit")];
    let spans =
        keys.into_iter().flat_map(|(key, word)| [ctx.span(StyleRole::Key, key), ctx.span(StyleRole::Text, word)]);
    [Line::default(), spans.collect::<Vec<_>>().into()]
}
