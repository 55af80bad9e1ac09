//! Every key, made from the key table, and what the symbols mean.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::Sheet;
use crate::tui::{
    keymap::{KeyMode, rows},
    look::Look,
    model::Mode,
    theme::Tint,
};

/// Columns of the keys' names.
const NAME: usize = 11;

/// Draws the help.
pub(super) fn render(look: &Look, mode: Mode, scroll: usize, screen: Rect, buf: &mut Buffer) {
    let columns = Sheet::columns(86, screen);
    let mut lines = Vec::new();
    let keys = if mode == Mode::Replay { KeyMode::Replay } else { KeyMode::Dashboard };
    for row in rows(keys) {
        let Some(help) = row.help else { continue };
        let mut wrapped = look.wrapped(Tint::Text, help, columns.saturating_sub(NAME)).into_iter();
        let mut spans = vec![look.left(Tint::Key, row.label, NAME)];
        spans.extend(wrapped.next().into_iter().map(|line| look.span(Tint::Text, line.to_string())));
        lines.push(Line::from(spans));
        for line in wrapped {
            lines.push(Line::from(vec![look.left(Tint::Text, "", NAME), look.span(Tint::Text, line.to_string())]));
        }
    }
    lines.push(Line::from(vec![
        look.left(Tint::Key, "Ctrl-C", NAME),
        look.fit(Tint::Text, "like q; twice: starts the control plane and leaves", columns.saturating_sub(NAME)),
    ]));
    let sheet =
        Sheet { look, title: "Keys", keys: &[("Esc", "close"), ("Up Down", "scroll")], tint: Tint::Focus, scroll };
    sheet.render(columns, lines, screen, buf);
}
