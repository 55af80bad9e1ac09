//! blackout's own log, as tui-logger keeps it.
//!
//! The one place that is not pure: tui-logger's buffer is global. It is therefore in no snapshot, and shows nothing of
//! the cluster. Its lines are cleaned on their way, as everything from outside is.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Block, Clear, Widget as _},
};
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerWidget};

use crate::tui::{look::Look, theme::Tint};

/// Draws the log over nearly the whole screen.
pub(super) fn render(look: &Look, screen: Rect, buf: &mut Buffer) {
    let area = Rect {
        x: screen.x + screen.width.min(4) / 2,
        y: screen.y + u16::from(screen.height > 6),
        width: screen.width.saturating_sub(4).max(1),
        height: screen.height.saturating_sub(if screen.height > 6 { 2 } else { 0 }).max(1),
    }
    .intersection(screen);
    Clear.render(area, buf);
    let block = Block::bordered()
        .border_set(look.glyphs.focus)
        .border_style(look.style(Tint::Focus))
        .title_top(" blackout's own log ")
        .title_bottom(" Esc close ");
    let inner = block.inner(area);
    block.render(area, buf);
    TuiLoggerWidget::default()
        .style(look.style(Tint::Text))
        .style_error(look.style(Tint::Bad))
        .style_warn(look.style(Tint::Busy))
        .style_debug(look.style(Tint::Dim))
        .style_trace(look.style(Tint::Dim))
        .output_level(Some(TuiLoggerLevelOutput::Abbreviated))
        .output_file(false)
        .output_line(false)
        .output_target(true)
        .output_separator(' ')
        .render(inner, buf);
}
