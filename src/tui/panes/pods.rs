//! The pods, as the API server last had them; the workload's first.

use ratatui::{buffer::Buffer, layout::Rect, text::Line, widgets::Widget};

use super::{Pane, Title, cluster};
use crate::{
    observation::SourceId,
    tui::{
        fresh,
        look::{Rows, ago},
        text,
        theme::Tint,
    },
    world::{Freshness, Pod},
};

/// The pods.
#[derive(Debug)]
pub(crate) struct PodsPane<'a> {
    pub(crate) pane: Pane<'a>,
}

impl Widget for PodsPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { look, now, world, .. } = self.pane;
        let freshness = match world.pods.is_empty() {
            true => Freshness::Unknown,
            false => fresh::api(world, &SourceId::Pods, now),
        };
        let as_of = match freshness {
            Freshness::Stale { since } => Some(format!("as of {}", look.time(since))),
            _ => None,
        };
        let title = Title { notes: vec![look.freshness(freshness, now)], right: as_of, ..Title::new("Pods") };
        let inner = self.pane.open(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if world.pods.is_empty() {
            let why = fresh::trouble(world, &SourceId::Pods).unwrap_or("The API server has not named any pod yet.");
            return rows.put_all(look.wrapped(Tint::Unknown, format!("? UNKNOWN  {why}"), columns));
        }
        let most = world.pods.len().saturating_sub(rows.left());
        for pod in world.pods.iter().skip(self.pane.scroll.min(most)).take(rows.left()) {
            rows.put(self.row(pod, freshness, columns));
        }
        if let Some(error) = fresh::trouble(world, &SourceId::Pods) {
            rows.put_all(look.wrapped(Tint::Busy, error, columns));
        }
    }
}

impl PodsPane<'_> {
    fn row(&self, pod: &Pod, freshness: Freshness, columns: usize) -> Line<'static> {
        let Pane { look, now, world, .. } = self.pane;
        let fact = &pod.fact;
        let well = fact.ready == fact.containers && (fact.status == "Running" || fact.status == "Completed");
        let live = freshness == Freshness::Live;
        let (tint, symbol) = match (live, well) {
            (false, _) => (Tint::Stale, look.glyphs.stale),
            (true, true) => (Tint::Good, look.glyphs.live),
            (true, false) => (Tint::Bad, look.glyphs.down),
        };
        let node = fact.node.as_deref().map_or(look.glyphs.none, |node| text::short_name(node, cluster(world)));
        let status = format!("{symbol} {} {}/{}", fact.status, fact.ready, fact.containers);
        let (node_width, status_width, note_width) = (15, 22, if columns >= 84 { 14 } else { 0 });
        let name = columns.saturating_sub(node_width + status_width + note_width);
        let weight = if fact.workload { Tint::Strong } else { Tint::Text };
        let mut spans = vec![look.left(weight, format!("{} ", fact.name), name.max(12))];
        spans.push(look.left(tint, status, status_width));
        spans.push(look.left(Tint::Text, node, node_width));
        if note_width > 0 {
            let note = match fact.restarts {
                0 => format!("heard {}", text::age(ago(now, pod.heard))),
                1 => "1 restart".to_owned(),
                n => format!("{n} restarts"),
            };
            spans.push(look.left(Tint::Dim, note, note_width));
        }
        Line::from(spans)
    }
}
