//! Page for several clusters: a list to choose from.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    pages::page_text::{centered, columns},
};

/// Draws the list of clusters.
pub(super) fn choose(ctx: &DrawContext, clusters: &[String], selected: usize, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = vec![Line::from(ctx.span(StyleRole::Strong, "Select a cluster to watch")), Line::default()];
    let room = usize::from(area.height).saturating_sub(4).max(1);
    // the selected cluster is always on the page
    let first = selected.saturating_sub(room - 1);
    for (index, name) in clusters.iter().enumerate().skip(first).take(room) {
        let (cursor, role) =
            if index == selected { (ctx.glyphs.cursor, StyleRole::Cursor) } else { (" ", StyleRole::Text) };
        lines.push(Line::from(ctx.fit(role, format!("{cursor} kind-{name} "), columns)));
    }
    lines.push(Line::default());
    lines.push(Line::from(ctx.fit(StyleRole::Dim, "Up, Down, Enter; --cluster NAME skips this page", columns)));
    centered(lines, area, buf);
}
