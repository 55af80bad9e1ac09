//! Headline: what is going on, in one or two sentences, over as many rows as the layout grants.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::{
    observation::Time,
    tui::draw::{draw_context::DrawContext, rows::Rows, text, theme::StyleRole},
    world::{Tone, World},
};

/// Arguments of the headline.
#[derive(Debug)]
pub(crate) struct HeadlineRow<'a> {
    pub(crate) world: &'a World,
    pub(crate) ctx: DrawContext,
    pub(crate) now: Time,
}

impl Widget for HeadlineRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let headline = self.world.headline(self.now);
        let role = match headline.tone {
            Tone::Good => StyleRole::Good,
            Tone::Busy => StyleRole::Busy,
            Tone::Bad => StyleRole::Bad,
            Tone::Unknown => StyleRole::Unknown,
        };
        let mut rows = Rows::new(Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, buf);
        let columns = rows.columns();
        let mut lines = text::wrap(&text::safe(headline.text.trim()), columns);
        if lines.len() > rows.left() {
            // an ellipsis in the last row marks the cut
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
