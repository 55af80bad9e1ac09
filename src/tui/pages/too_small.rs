//! A terminal in which nothing has room still says why.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{
    draw::{draw_context::DrawContext, rows::Rows, theme::StyleRole},
    layout::SMALLEST,
};

/// Says that there is no room, in as much room as there is.
pub(crate) fn too_small(ctx: &DrawContext, area: Rect, buf: &mut Buffer) {
    let (width, height) = SMALLEST;
    let texts = ["too small".to_owned(), format!("{}x{}", area.width, area.height), format!("need {width}x{height}")];
    let mut rows = Rows::new(area, buf);
    let columns = rows.columns();
    for text in texts {
        rows.put(ctx.fit(StyleRole::Strong, text, columns));
    }
}
