//! Pages in place of the panes: no engine, no cluster, several clusters, no room. Each says what happened and the way out.

mod choose;
mod empty;
mod too_small;

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

pub(crate) use too_small::too_small;

use super::{
    look::{Look, Rows},
    model::Page,
};

/// Draws a page into what is left between header and footer.
pub(crate) fn render(page: &Page, look: &Look, area: Rect, buf: &mut Buffer) {
    match page {
        Page::Dashboard => {}
        Page::NoEngine { error } => empty::no_engine(look, error, area, buf),
        Page::NoCluster { wanted, found } => empty::no_cluster(look, wanted.as_deref(), found, area, buf),
        Page::Choose { clusters, selected } => choose::choose(look, clusters, *selected, area, buf),
    }
}

/// Columns of the text on a page.
fn columns(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(4)).min(78)
}

/// Puts lines into the middle of an area; from the top where they do not fit.
fn centred(lines: Vec<Line<'static>>, area: Rect, buf: &mut Buffer) {
    let width = u16::try_from(columns(area)).unwrap_or(area.width).min(area.width);
    let height = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    Rows::new(place, buf).put_all(lines);
}
