//! The box of an overlay: title, lines, keys, scrolling.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Clear, Widget as _},
};

use crate::tui::draw::{draw_context::DrawContext, rows::Rows, theme::StyleRole};

/// A box in the center of the screen; lines that do not fit scroll.
pub(super) struct Popup<'a> {
    /// Theme, symbols and language.
    pub(super) ctx: &'a DrawContext,
    /// Title in the upper edge.
    pub(super) title: &'a str,
    /// Keys and their texts, in the lower edge.
    pub(super) keys: Vec<(&'static str, &'static str)>,
    /// Role of the frame.
    pub(super) role: StyleRole,
    /// Rows scrolled off the top.
    pub(super) scroll: usize,
}

impl Popup<'_> {
    /// Columns of text in a popup that asks for `wanted` columns on this screen.
    pub(super) fn columns(wanted: u16, screen: Rect) -> usize {
        usize::from(wanted.min(screen.width.saturating_sub(4)).max(1))
    }

    /// Draws the popup with these lines, `columns` wide.
    pub(super) fn render(&self, columns: usize, lines: Vec<Line<'static>>, screen: Rect, buf: &mut Buffer) {
        let ctx = self.ctx;
        let width = u16::try_from(columns).unwrap_or(u16::MAX).saturating_add(4).min(screen.width);
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        let height = rows.min(screen.height);
        let area = Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + (screen.height - height) / 2,
            width,
            height,
        };
        Clear.render(area, buf);
        let mut keys = vec![Span::raw(" ")];
        for (key, word) in &self.keys {
            keys.push(ctx.span(StyleRole::Key, *key));
            keys.push(ctx.span(StyleRole::Text, format!(" {word}  ")));
        }
        let keys = Line::from(keys);
        let keys_width = keys.width();
        let block = Block::bordered()
            .border_set(ctx.glyphs.focus)
            .border_style(ctx.style(self.role))
            .title_top(Line::from(ctx.span(self.role, format!(" {} ", self.title))))
            .title_bottom(keys);
        let mut inner = block.inner(area);
        block.render(area, buf);
        inner.x += 1;
        inner.width = inner.width.saturating_sub(2);
        let most = lines.len().saturating_sub(usize::from(inner.height));
        let mut rows = Rows::new(inner, buf);
        rows.put_all(lines.into_iter().skip(self.scroll.min(most)));
        let below = most - self.scroll.min(most);
        let more = ctx.span(StyleRole::Dim, format!(" {below} more rows below "));
        // the keys take precedence over the count of hidden rows
        if below > 0 && height >= 3 && keys_width + more.width() + 2 <= usize::from(width) {
            let place = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width.saturating_sub(2), height: 1 };
            Line::from(more).right_aligned().render(place, buf);
        }
    }
}
