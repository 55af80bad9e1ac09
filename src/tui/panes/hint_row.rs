//! Hint row: a message for a few seconds, else the legend of the symbols.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::Time,
    tui::{
        draw::{draw_context::DrawContext, theme::StyleRole},
        model::Model,
    },
};

/// A message, marked as such, in at most `columns`.
pub(super) fn hint_line(ctx: &DrawContext, text: &str, columns: usize) -> Line<'static> {
    Line::from(vec![ctx.span(StyleRole::Busy, " ! "), ctx.fit(StyleRole::Strong, text, columns.saturating_sub(3))])
}

/// Arguments of the hint row.
#[derive(Debug)]
pub(crate) struct HintRow<'a> {
    pub(crate) model: &'a Model,
    pub(crate) ctx: DrawContext,
    pub(crate) now: Time,
}

impl Widget for HintRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        let ctx = &self.ctx;
        if let Some(text) = self.model.visible_hint(self.now) {
            return hint_line(ctx, text, columns).render(area, buf);
        }
        let glyphs = ctx.glyphs;
        let legend = [
            (glyphs.live, StyleRole::Good, "live"),
            (glyphs.stale, StyleRole::Stale, "STALE: last known, with its age"),
            (glyphs.down, StyleRole::Bad, "down"),
            (glyphs.unknown, StyleRole::Unknown, "unknown"),
            (glyphs.retrying, StyleRole::Busy, "retrying"),
            (glyphs.silent, StyleRole::Unknown, "no data yet"),
            (glyphs.ended, StyleRole::Bad, "ended"),
        ];
        let mut spans = vec![Span::raw(" ")];
        for (symbol, role, word) in legend {
            spans.push(ctx.span(role, symbol));
            spans.push(ctx.span(StyleRole::Dim, format!(" {word}   ")));
        }
        Line::from(spans).render(area, buf);
    }
}
