//! Parts that the questions have in common.

use ratatui::text::Line;

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    overlays::popup::Popup,
};

pub(super) const WIDTH: u16 = 62;

pub(super) fn sheet<'a>(ctx: &'a DrawContext, title: &'a str, keys: &'a [(&'static str, &'static str)]) -> Popup<'a> {
    Popup { ctx, title, keys, role: StyleRole::Busy, scroll: 0 }
}

pub(super) fn paragraphs(ctx: &DrawContext, columns: usize, texts: &[(StyleRole, String)]) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (index, (role, text)) in texts.iter().enumerate() {
        if index > 0 {
            lines.push(Line::default());
        }
        lines.extend(ctx.wrapped(*role, text, columns));
    }
    lines
}
