//! Help: every key of the current mode, from the key table.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::tui::{
    draw::{draw_context::DrawContext, theme::StyleRole},
    input::{
        key_mode::KeyMode,
        keymap::{key_bindings, key_hints},
    },
    model::mode::Mode,
    overlays::popup::Popup,
};

/// Width of the names of the keys.
const NAME: usize = 11;

/// Draws the help over `screen`.
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
        ctx.fit(StyleRole::Text, "quit; pressed twice, start the control plane first", columns.saturating_sub(NAME)),
    ]));
    let sheet =
        Popup { ctx, title: "Keys", keys: key_hints(KeyMode::Reading).collect(), role: StyleRole::Focus, scroll };
    sheet.render(columns, lines, screen, buf);
}
