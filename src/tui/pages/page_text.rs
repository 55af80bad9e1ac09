//! Placement of text on a page.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::draw::rows::Rows;

/// Width of the text on a page: 78 columns at most.
pub(super) fn columns(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(4)).min(78)
}

/// Draws lines in the center of an area; from its top if they do not fit.
pub(super) fn centered(lines: Vec<Line<'static>>, area: Rect, buf: &mut Buffer) {
    let width = u16::try_from(columns(area)).unwrap_or(area.width).min(area.width);
    let height = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let center = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    Rows::new(center, buf).put_all(lines);
}
