//! Questions: a popup with a title, paragraphs, and the keys of its mode.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    input::{key_mode::KeyMode, keymap::key_hints},
    overlays::popup::Popup,
};

/// Width of the text of a question in columns.
const WIDTH: u16 = 62;

/// A question to the operator.
#[derive(Debug)]
pub(super) struct Question {
    /// The question itself, in one line.
    pub(super) title: String,
    /// Explanation of the question, one text a paragraph.
    pub(super) paragraphs: Vec<(StyleRole, String)>,
    /// Mode whose keys answer it.
    pub(super) mode: KeyMode,
}

impl Question {
    /// Draws the question in the center of the screen.
    pub(super) fn render(&self, ctx: &DrawContext, screen: Rect, buf: &mut Buffer) {
        let columns = Popup::columns(WIDTH, screen);
        let mut lines = Vec::new();
        for (role, text) in &self.paragraphs {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(ctx.wrapped(*role, text, columns));
        }
        let keys = key_hints(self.mode).collect();
        Popup { ctx, title: &self.title, keys, role: StyleRole::Busy, scroll: 0 }.render(columns, lines, screen, buf);
    }
}
