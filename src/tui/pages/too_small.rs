//! Text for a terminal that is too small for the dashboard.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{
    draw::{draw_context::DrawContext, rows::Rows, theme::StyleRole},
    layout::SMALLEST,
};

/// Draws the size of the terminal and the smallest one needed, as far as they fit.
pub(crate) fn too_small(ctx: &DrawContext, area: Rect, buf: &mut Buffer) {
    let (width, height) = SMALLEST;
    let texts = ["too small".to_owned(), format!("{}x{}", area.width, area.height), format!("need {width}x{height}")];
    let mut rows = Rows::new(area, buf);
    let columns = rows.columns();
    for text in texts {
        rows.put(ctx.fit(StyleRole::Strong, text, columns));
    }
}
