//! Several clusters: which one is to be watched?

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    pages::page_text::{centred, columns},
};

/// The list of clusters.
pub(super) fn choose(ctx: &DrawContext, clusters: &[String], selected: usize, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = vec![Line::from(ctx.span(StyleRole::Strong, "Which cluster is to be watched?")), Line::default()];
    let room = usize::from(area.height).saturating_sub(4).max(1);
    // the selected one is always in sight
    let first = selected.saturating_sub(room - 1);
    for (index, name) in clusters.iter().enumerate().skip(first).take(room) {
        let (mark, role) =
            if index == selected { (ctx.glyphs.cursor, StyleRole::Cursor) } else { (" ", StyleRole::Text) };
        lines.push(Line::from(ctx.fit(role, format!("{mark} kind-{name} "), columns)));
    }
    lines.push(Line::default());
    lines.push(Line::from(ctx.fit(StyleRole::Dim, "Up, Down, Enter; next time: --cluster NAME", columns)));
    centred(lines, area, buf);
}
