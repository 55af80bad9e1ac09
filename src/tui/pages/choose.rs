//! Several clusters: which one is to be watched?

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{centred, columns};
use crate::tui::{look::Look, theme::Tint};

/// The list of clusters.
pub(super) fn choose(look: &Look, clusters: &[String], selected: usize, area: Rect, buf: &mut Buffer) {
    let columns = columns(area);
    let mut lines = vec![Line::from(look.span(Tint::Strong, "Which cluster is to be watched?")), Line::default()];
    let room = usize::from(area.height).saturating_sub(4).max(1);
    // the selected one is always in sight
    let first = selected.saturating_sub(room - 1);
    for (index, name) in clusters.iter().enumerate().skip(first).take(room) {
        let (mark, tint) = if index == selected { (look.glyphs.cursor, Tint::Cursor) } else { (" ", Tint::Text) };
        lines.push(Line::from(look.fit(tint, format!("{mark} kind-{name} "), columns)));
    }
    lines.push(Line::default());
    lines.push(Line::from(look.fit(Tint::Dim, "Up, Down, Enter; next time: --cluster NAME", columns)));
    centred(lines, area, buf);
}
