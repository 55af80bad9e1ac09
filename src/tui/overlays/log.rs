//! Log of blackout itself, as tui-logger keeps it.
//!
//! The only impure overlay: the buffer of tui-logger is global, so no snapshot contains it. Its lines are sanitized
//! like all text from outside.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Block, Clear, Widget as _},
};
use tui_logger::{ExtLogRecord, LevelFilter, LogFormatter, TuiLoggerWidget};

use crate::tui::draw::{draw_context::DrawContext, text, theme::StyleRole};

/// Draws the log over nearly the whole screen.
pub(super) fn render(ctx: &DrawContext, screen: Rect, buf: &mut Buffer) {
    let area = Rect {
        x: screen.x + screen.width.min(4) / 2,
        y: screen.y + u16::from(screen.height > 6),
        width: screen.width.saturating_sub(4).max(1),
        height: screen.height.saturating_sub(if screen.height > 6 { 2 } else { 0 }).max(1),
    }
    .intersection(screen);
    Clear.render(area, buf);
    let block = Block::bordered()
        .border_set(ctx.glyphs.focus)
        .border_style(ctx.style(StyleRole::Focus))
        .title_top(" Log of blackout ")
        .title_bottom(" Esc close ");
    let inner = block.inner(area);
    block.render(area, buf);
    let lines = LogStyles {
        error: ctx.style(StyleRole::Bad),
        warn: ctx.style(StyleRole::Busy),
        info: ctx.style(StyleRole::Text),
        detail: ctx.style(StyleRole::Dim),
    };
    TuiLoggerWidget::default().style(ctx.style(StyleRole::Text)).formatter(Box::new(lines)).render(inner, buf);
}

/// Formats records, each in the style of its level: `12:04:49 W blackout::session not recording: …`.
struct LogStyles {
    error: Style,
    warn: Style,
    info: Style,
    detail: Style,
}

/// Indentation of all lines of a record but the first: the width of the time of day and a blank.
const INDENT: usize = 9;

impl LogFormatter for LogStyles {
    fn min_width(&self) -> u16 {
        INDENT as u16 + 4
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let (level, style) = match record.level.to_level_filter() {
            LevelFilter::Error => ("E", self.error),
            LevelFilter::Warn => ("W", self.warn),
            LevelFilter::Info => ("I", self.info),
            LevelFilter::Debug => ("D", self.detail),
            LevelFilter::Trace | LevelFilter::Off => ("T", self.detail),
        };
        let time = record.timestamp.strftime("%H:%M:%S");
        let mut lines = Vec::new();
        for (index, message) in record.msg().lines().enumerate() {
            let message = text::safe(message);
            let row = match index {
                0 => format!("{level} {} {message}", text::safe(record.target())),
                _ => message.into_owned(),
            };
            for row in text::wrap(&row, width.saturating_sub(INDENT)) {
                let lead = if lines.is_empty() { format!("{time} ") } else { " ".repeat(INDENT) };
                lines.push(Line::styled(lead + &row, style));
            }
        }
        lines
    }
}
