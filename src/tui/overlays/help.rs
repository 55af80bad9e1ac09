//! Every key, made from the key table, and what the symbols mean.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    input::{key_mode::KeyMode, keymap::key_bindings},
    model::mode::Mode,
    overlays::popup::Popup,
};

/// Columns of the keys' names.
const NAME: usize = 11;

/// Draws the help.
pub(super) fn render(ctx: &DrawContext, mode: Mode, scroll: usize, screen: Rect, buf: &mut Buffer) {
    let columns = Popup::columns(86, screen);
    let mut lines = Vec::new();
    let keys = if mode == Mode::Replay { KeyMode::Replay } else { KeyMode::Dashboard };
    for row in key_bindings(keys) {
        let Some(help) = row.help else { continue };
        let mut wrapped = ctx.wrapped(StyleRole::Text, help, columns.saturating_sub(NAME)).into_iter();
        let mut spans = vec![ctx.left(StyleRole::Key, row.label, NAME)];
        spans.extend(wrapped.next().into_iter().map(|line| ctx.span(StyleRole::Text, line.to_string())));
        lines.push(Line::from(spans));
        for line in wrapped {
            lines.push(Line::from(vec![
                ctx.left(StyleRole::Text, "", NAME),
                ctx.span(StyleRole::Text, line.to_string()),
            ]));
        }
    }
    lines.push(Line::from(vec![
        ctx.left(StyleRole::Key, "Ctrl-C", NAME),
        ctx.fit(StyleRole::Text, "like q; twice: starts the control plane and leaves", columns.saturating_sub(NAME)),
    ]));
    let sheet =
        Popup { ctx, title: "Keys", keys: &[("Esc", "close"), ("Up Down", "scroll")], role: StyleRole::Focus, scroll };
    sheet.render(columns, lines, screen, buf);
}
