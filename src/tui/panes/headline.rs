//! The sentence on top, over as many rows as it has.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::{
    observation::Time,
    tui::draw::{draw_context::DrawContext, rows::Rows, text, theme::StyleRole},
    world::{Tone, World},
};

/// The sentence on top.
#[derive(Debug)]
pub(crate) struct HeadlineRow<'a> {
    pub(crate) world: &'a World,
    pub(crate) ctx: DrawContext,
    pub(crate) now: Time,
}

impl Widget for HeadlineRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let verdict = self.world.headline(self.now);
        let role = match verdict.tone {
            Tone::Good => StyleRole::Good,
            Tone::Busy => StyleRole::Busy,
            Tone::Bad => StyleRole::Bad,
            Tone::Unknown => StyleRole::Unknown,
        };
        let mut rows = Rows::new(Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, buf);
        let columns = rows.columns();
        let mut lines = text::wrap(&text::safe(verdict.text.trim()), columns);
        if lines.len() > rows.left() {
            // the last row that there is says that there is more
            lines.truncate(rows.left());
            if let Some(last) = lines.last_mut() {
                let cut = text::fit(last, columns.saturating_sub(1), "").into_owned();
                *last = format!("{cut}{}", self.ctx.glyphs.ellipsis);
            }
        }
        for line in lines {
            rows.put(self.ctx.span(role, line));
        }
    }
}
