//! The sentence on top, over as many rows as it has.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::{
    observation::Time,
    tui::{
        look::{Look, Rows},
        text,
        theme::Tint,
    },
    world::{Tone, World},
};

/// The sentence on top.
#[derive(Debug)]
pub(crate) struct VerdictRow<'a> {
    pub(crate) world: &'a World,
    pub(crate) look: Look,
    pub(crate) now: Time,
}

impl Widget for VerdictRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let verdict = self.world.headline(self.now);
        let tint = match verdict.tone {
            Tone::Good => Tint::Good,
            Tone::Busy => Tint::Busy,
            Tone::Bad => Tint::Bad,
            Tone::Unknown => Tint::Unknown,
        };
        let mut rows = Rows::new(Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, buf);
        let columns = rows.columns();
        let mut lines = text::wrap(&text::safe(verdict.text.trim()), columns);
        if lines.len() > rows.left() {
            // the last row that there is says that there is more
            lines.truncate(rows.left());
            if let Some(last) = lines.last_mut() {
                let cut = text::fit(last, columns.saturating_sub(1), "").into_owned();
                *last = format!("{cut}{}", self.look.glyphs.ellipsis);
            }
        }
        for line in lines {
            rows.put(self.look.span(tint, line));
        }
    }
}
