//! The retry loops: who waits how long between two tries. Growing steps are a backoff; even ones a clock.

use ratatui::{buffer::Buffer, layout::Rect, text::Line, widgets::Widget};

use super::{Pane, Title, cluster};
use crate::{
    tui::{captions, look::Rows, text, theme::Tint},
    world::{
        World,
        retries::{LoopId, RetryLoop},
    },
};

/// The retry loops.
#[derive(Debug)]
pub(crate) struct RetriesPane<'a> {
    pub(crate) pane: Pane<'a>,
}

/// Loops that there are to show.
pub(super) fn len(world: &World) -> usize {
    loops(world).len()
}

/// The loops with a wait in them, the longest first.
fn loops(world: &World) -> Vec<(&LoopId, &RetryLoop)> {
    let mut loops: Vec<_> = world
        .last_outage()
        .into_iter()
        .flat_map(|outage| outage.retries.iter())
        .filter(|(_, tries)| !tries.gaps.is_empty())
        .collect();
    loops.sort_by(|(a_id, a), (b_id, b)| b.longest.cmp(&a.longest).then_with(|| a_id.cmp(b_id)));
    loops
}

impl Widget for RetriesPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { look, world, .. } = self.pane;
        let loops = loops(world);
        let note = (!loops.is_empty()).then(|| look.span(Tint::Dim, "longest waits first, s"));
        let inner = self.pane.open(area, buf, Title { note, ..Title::new("Retries") });
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if loops.is_empty() {
            return rows.put_all(look.wrapped(Tint::Dim, captions::NO_RETRIES.say(look.language), columns));
        }
        let most = loops.len().saturating_sub(rows.left());
        for (id, tries) in loops.into_iter().skip(self.pane.scroll.min(most)) {
            rows.put(self.row(id, tries, columns));
        }
    }
}

impl RetriesPane<'_> {
    fn row(&self, id: &LoopId, tries: &RetryLoop, columns: usize) -> Line<'static> {
        let Pane { look, world, .. } = self.pane;
        let what = id.resource.as_deref().unwrap_or(id.activity.as_str());
        let name = if columns >= 50 { 18 } else { 14 };
        let mut spans = vec![
            look.left(Tint::Text, format!("{} ", text::short_name(&id.worker, cluster(world))), 9),
            look.left(Tint::Strong, format!("{what} "), name),
        ];
        // as many of the newest waits as there is room for
        let mut room = columns.saturating_sub(9 + name);
        let mut gaps = Vec::new();
        for gap in tries.gaps.iter().rev() {
            let text = text::since(*gap);
            if text.len() + 1 > room {
                break;
            }
            room -= text.len() + 1;
            gaps.push(text);
        }
        gaps.reverse();
        spans.push(look.span(Tint::Busy, gaps.join(" ")));
        Line::from(spans)
    }
}
