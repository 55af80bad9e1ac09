//! Nodes from three independent points of view: the API server, the container engine, and the requests.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{NodeReadiness, NodeRole, SourceId, TrafficOutcome},
    tui::{
        draw::{
            rows::Rows,
            source_freshness,
            text::{self, elapsed},
            theme::StyleRole,
        },
        layout::screen_areas::Framing,
        panes::{
            control_plane::run_state,
            pane::{FrameTitle, Pane, cluster_name},
        },
    },
    world::{Freshness, Node, Outage},
};

/// Arguments of the nodes pane.
#[derive(Debug)]
pub(crate) struct NodesPane<'a> {
    pub(crate) pane: Pane<'a>,
}

/// Widths of the columns; a column of width 0 is omitted.
struct NodeColumns {
    name: usize,
    api: usize,
    lease: usize,
    engine: usize,
    traffic: usize,
}

impl NodeColumns {
    fn of(columns: usize) -> Self {
        let name = if columns >= 60 { 14 } else { 10 };
        let lease = match columns {
            0..72 => 0,
            72..84 => 13,
            _ => 19,
        };
        let room = columns.saturating_sub(name + lease);
        let api = (room / 3).min(20);
        let engine = (room / 3 + 3).min(22);
        Self { name, api, lease, engine, traffic: room - api - engine }
    }
}

impl Widget for NodesPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, world, framing, .. } = self.pane;
        let api = match world.nodes.iter().any(|(_, node)| node.api.is_some()) {
            true => source_freshness::api_freshness(world, &SourceId::Nodes, now),
            false => Freshness::Unknown,
        };
        let title = FrameTitle {
            notes: vec![ctx.freshness(api, now)],
            right: Some(format!("API server {d} engine {d} requests", d = ctx.glyphs.dot)),
            ..FrameTitle::new("Nodes")
        };
        let inner = self.pane.frame(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if framing == Framing::Bare {
            return rows.put(self.summary(api, columns));
        }
        if world.nodes.is_empty() {
            let why = source_freshness::source_error(world, &SourceId::Docker)
                .or_else(|| source_freshness::source_error(world, &SourceId::Nodes))
                .unwrap_or("No nodes found yet.");
            return rows.put_all(ctx.wrapped(StyleRole::Unknown, format!("? UNKNOWN  {why}"), columns));
        }
        let widths = NodeColumns::of(columns);
        let most = world.nodes.iter().count().saturating_sub(rows.left());
        for (name, node) in world.nodes.iter().skip(self.pane.scroll.min(most)) {
            rows.put(self.row(name, node, api, &widths));
        }
        if let Some(error) = source_freshness::source_error(world, &SourceId::Nodes) {
            rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
    }
}

impl NodesPane<'_> {
    fn row(&self, name: &str, node: &Node, api: Freshness, widths: &NodeColumns) -> Line<'static> {
        let Pane { ctx, world, .. } = self.pane;
        let (api_role, api_words) = self.api_cell(node, api);
        let (engine_role, engine_words) = self.engine_cell(node);
        let (traffic_role, traffic_words) = self.traffic_cell(name, node);
        let mut spans = vec![
            ctx.left(StyleRole::Text, format!("{} ", text::short_name(name, cluster_name(world))), widths.name),
            ctx.left(api_role, api_words, widths.api.saturating_sub(1)),
            Span::raw(" "),
        ];
        if widths.lease > 0 {
            spans.push(ctx.left(StyleRole::Dim, self.lease_cell(node, widths.lease), widths.lease));
        }
        spans.push(ctx.left(engine_role, engine_words, widths.engine.saturating_sub(1)));
        spans.push(Span::raw(" "));
        spans.push(ctx.fit(traffic_role, traffic_words, widths.traffic));
        Line::from(spans)
    }

    fn api_cell(&self, node: &Node, api: Freshness) -> (StyleRole, String) {
        let glyphs = self.pane.ctx.glyphs;
        let Some((_, fact)) = &node.api else {
            return (StyleRole::Unknown, format!("{} no data yet", glyphs.unknown));
        };
        let cordoned = if fact.cordoned { ", cordoned" } else { "" };
        let (word, role, symbol) = match fact.ready {
            NodeReadiness::Ready => ("Ready", StyleRole::Good, glyphs.live),
            NodeReadiness::NotReady => ("NotReady", StyleRole::Bad, glyphs.down),
            NodeReadiness::Unknown => ("Unknown", StyleRole::Bad, glyphs.unknown),
        };
        match api {
            // Ready without a renewed lease is left over from before the outage
            Freshness::Live if fact.ready != NodeReadiness::Ready || !self.awaits_renewal(node) => {
                (role, format!("{symbol} {word}{cordoned}"))
            }
            _ => (StyleRole::Stale, format!("{} {word} (stale)", glyphs.stale)),
        }
    }

    /// Whether the lease of the node has not been renewed since the API server was back.
    fn awaits_renewal(&self, node: &Node) -> bool {
        let since = self.pane.world.outage().and_then(Outage::renewals_since);
        since.is_some_and(|since| node.lease.is_some_and(|renewed| renewed < since))
    }

    /// Age of the lease, as long as the column allows.
    fn lease_cell(&self, node: &Node, columns: usize) -> String {
        let Some(renewed) = node.lease else { return "no lease".to_owned() };
        let age = text::duration(elapsed(self.pane.now, renewed));
        if columns > 13 { format!("renewed {age} ago") } else { format!("lease {age}") }
    }

    fn engine_cell(&self, node: &Node) -> (StyleRole, String) {
        let ctx = &self.pane.ctx;
        let Some((_, state)) = &node.engine else {
            return (StyleRole::Unknown, format!("{} no data yet", ctx.glyphs.unknown));
        };
        let (role, words) = run_state(ctx, state.state, state.attached, state.exit_code);
        match source_freshness::engine_freshness(self.pane.world) {
            Freshness::Live => (role, words),
            _ => {
                let words = words.split_once(' ').map_or(words.as_str(), |(_, words)| words);
                (StyleRole::Stale, format!("{} {words} (stale)", ctx.glyphs.stale))
            }
        }
    }

    fn traffic_cell(&self, name: &str, node: &Node) -> (StyleRole, String) {
        let Pane { ctx, now, world, .. } = self.pane;
        if node.role == Some(NodeRole::ControlPlane) {
            return (StyleRole::Dim, format!("{} n/a", ctx.glyphs.none));
        }
        let Some(worker) = world.traffic.get(name) else {
            return (StyleRole::Unknown, format!("{} no request yet", ctx.glyphs.unknown));
        };
        let Some(last) = worker.last() else {
            let why = if worker.address.is_none() { "no NodePort" } else { "no request yet" };
            return (StyleRole::Unknown, format!("{} {why}", ctx.glyphs.unknown));
        };
        if let Freshness::Stale { since } = worker.freshness(now) {
            return (StyleRole::Stale, format!("{} STALE {}", ctx.glyphs.stale, text::duration(elapsed(now, since))));
        }
        match last.outcome {
            TrafficOutcome::Answered(status) if last.answered() => {
                (StyleRole::Good, format!("{} {status}", ctx.glyphs.live))
            }
            TrafficOutcome::Answered(status) => (StyleRole::Bad, format!("{} {status}", ctx.glyphs.failed)),
            TrafficOutcome::Failed(error) => (StyleRole::Bad, format!("{} {}", ctx.glyphs.failed, error.as_str())),
            TrafficOutcome::Missed => (StyleRole::Unknown, format!("{} not sent", ctx.glyphs.missed)),
        }
    }

    /// All nodes in one row, for a pane without a frame.
    fn summary(&self, api: Freshness, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let known = world.nodes.iter().filter(|(_, node)| node.api.is_some()).count();
        let ready = world
            .nodes
            .iter()
            .filter(|(_, node)| node.api.as_ref().is_some_and(|(_, fact)| fact.ready == NodeReadiness::Ready))
            .count();
        let words = match known {
            0 => "no data yet".to_owned(),
            _ => format!("{ready} of {known} Ready"),
        };
        let (_, role) = ctx.freshness_symbol(api);
        let line = vec![
            ctx.left(StyleRole::Dim, "nodes", 11),
            ctx.freshness(api, now),
            ctx.fit(role, format!("  {words}"), columns),
        ];
        Line::from(line)
    }
}
