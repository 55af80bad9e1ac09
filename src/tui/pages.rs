//! Pages in place of the panes. Each says what happened and what to do.

mod choose;
mod empty;
mod page_text;
pub(crate) mod too_small;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{draw::draw_context::DrawContext, model::screen_page::ScreenPage};

/// Draws a page into `area`, between header and footer.
pub(crate) fn render(page: &ScreenPage, ctx: &DrawContext, area: Rect, buf: &mut Buffer) {
    match page {
        ScreenPage::Dashboard => {}
        ScreenPage::NoEngine { error } => empty::no_engine(ctx, error, area, buf),
        ScreenPage::NoCluster { wanted, found } => empty::no_cluster(ctx, wanted.as_deref(), found, area, buf),
        ScreenPage::Choose { clusters, selected } => choose::choose(ctx, clusters, *selected, area, buf),
    }
}
