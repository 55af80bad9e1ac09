//! Pods as the API server last listed them, those of the workload first.

use ratatui::{buffer::Buffer, layout::Rect, text::Line, widgets::Widget};

use crate::{
    observation::SourceId,
    tui::{
        draw::{
            rows::Rows,
            source_freshness,
            text::{self, elapsed},
            theme::StyleRole,
        },
        panes::pane::{FrameTitle, Pane, cluster_name},
    },
    world::{Freshness, Pod},
};

/// Arguments of the pods pane.
#[derive(Debug)]
pub(crate) struct PodsPane<'a> {
    pub(crate) pane: Pane<'a>,
}

impl Widget for PodsPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, world, .. } = self.pane;
        let freshness = match world.pods.is_empty() {
            true => Freshness::Unknown,
            false => source_freshness::api_freshness(world, &SourceId::Pods, now),
        };
        let as_of = match freshness {
            Freshness::Stale { since } => Some(format!("as of {}", ctx.time(since))),
            _ => None,
        };
        let title = FrameTitle { notes: vec![ctx.freshness(freshness, now)], right: as_of, ..FrameTitle::new("Pods") };
        let inner = self.pane.frame(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if world.pods.is_empty() {
            let why = source_freshness::source_error(world, &SourceId::Pods).unwrap_or("No pods listed yet.");
            return rows.put_all(ctx.wrapped(StyleRole::Unknown, format!("? UNKNOWN  {why}"), columns));
        }
        let most = world.pods.len().saturating_sub(rows.left());
        for pod in world.pods.iter().skip(self.pane.scroll.min(most)).take(rows.left()) {
            rows.put(self.row(pod, freshness, columns));
        }
        if let Some(error) = source_freshness::source_error(world, &SourceId::Pods) {
            rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
    }
}

impl PodsPane<'_> {
    fn row(&self, pod: &Pod, freshness: Freshness, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let fact = &pod.fact;
        let healthy = fact.ready == fact.containers && (fact.status == "Running" || fact.status == "Completed");
        let live = freshness == Freshness::Live;
        let (role, symbol) = match (live, healthy) {
            (false, _) => (StyleRole::Stale, ctx.glyphs.stale),
            (true, true) => (StyleRole::Good, ctx.glyphs.live),
            (true, false) => (StyleRole::Bad, ctx.glyphs.down),
        };
        let node = fact.node.as_deref().map_or(ctx.glyphs.none, |node| text::short_name(node, cluster_name(world)));
        let status = format!("{symbol} {} {}/{}", fact.status, fact.ready, fact.containers);
        let (node_width, status_width, note_width) = (15, 22, if columns >= 84 { 19 } else { 0 });
        let name = columns.saturating_sub(node_width + status_width + note_width);
        let weight = if fact.workload { StyleRole::Strong } else { StyleRole::Text };
        let mut spans = vec![ctx.left(weight, format!("{} ", fact.name), name.max(12))];
        spans.push(ctx.left(role, status, status_width));
        spans.push(ctx.left(StyleRole::Text, node, node_width));
        if note_width > 0 {
            let note = match fact.restarts {
                0 => format!("updated {} ago", text::duration(elapsed(now, pod.reported))),
                1 => "1 restart".to_owned(),
                n => format!("{n} restarts"),
            };
            spans.push(ctx.left(StyleRole::Dim, note, note_width));
        }
        Line::from(spans)
    }
}
