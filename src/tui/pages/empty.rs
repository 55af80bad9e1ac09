//! Pages for a missing container engine or kind cluster: what happened and what to do.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    pages::page_text::{centered, columns},
};

/// Draws the page for a container engine that does not answer.
pub(super) fn no_engine(ctx: &DrawContext, error: &str, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = headline(ctx, &format!("{} The container engine does not answer", ctx.glyphs.down));
    lines.extend(ctx.wrapped(StyleRole::Text, error, columns));
    lines.push(Line::default());
    lines.extend(ctx.wrapped(
        StyleRole::Text,
        "blackout keeps retrying, and continues as soon as the engine answers.",
        columns,
    ));
    lines.extend(keys(ctx));
    centered(lines, area, buf);
}

/// Draws the page for an engine without a kind cluster, or without the requested one.
pub(super) fn no_cluster(ctx: &DrawContext, wanted: Option<&str>, found: &[String], area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let title = match wanted {
        Some(name) => format!("{} There is no kind cluster named {name}", ctx.glyphs.unknown),
        None => format!("{} The engine has no kind cluster", ctx.glyphs.unknown),
    };
    let mut lines: Vec<Line<'static>> = ctx.wrapped(StyleRole::Unknown, title, columns);
    lines.push(Line::default());
    if !found.is_empty() {
        lines.extend(ctx.wrapped(StyleRole::Text, format!("Clusters found: {}", found.join(", ")), columns));
    }
    lines.extend(ctx.wrapped(StyleRole::Text, "To create the demo cluster:", columns));
    lines.push(Line::from(ctx.span(StyleRole::Key, "    make -C kind-cluster up")));
    lines.push(Line::default());
    lines.extend(ctx.wrapped(
        StyleRole::Text,
        "blackout finds it as soon as it exists, even if it is stopped.",
        columns,
    ));
    lines.extend(keys(ctx));
    centered(lines, area, buf);
}

fn headline(ctx: &DrawContext, text: &str) -> Vec<Line<'static>> {
    vec![Line::from(ctx.span(StyleRole::Bad, text)), Line::default()]
}

fn keys(ctx: &DrawContext) -> [Line<'static>; 2] {
    let keys = [("Enter", " retry   "), ("b", " lab, without Docker   "), ("l", " log   "), ("q", " quit")];
    let spans =
        keys.into_iter().flat_map(|(key, word)| [ctx.span(StyleRole::Key, key), ctx.span(StyleRole::Text, word)]);
    [Line::default(), spans.collect::<Vec<_>>().into()]
}
