//! The nodes from three points of view that do not depend on each other: what the API server last said, what the engine
//! says now, and what traffic says.

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
    world::{Freshness, Node},
};

/// The nodes.
#[derive(Debug)]
pub(crate) struct NodesPane<'a> {
    pub(crate) pane: Pane<'a>,
}

/// Columns of the parts of a row.
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
        let lease = if columns >= 72 { 13 } else { 0 };
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
            true => source_freshness::api(world, &SourceId::Nodes, now),
            false => Freshness::Unknown,
        };
        let title = FrameTitle {
            notes: vec![ctx.freshness(api, now)],
            right: Some(format!("API says {d} engine says {d} traffic says", d = ctx.glyphs.dot)),
            ..FrameTitle::new("Nodes")
        };
        let inner = self.pane.open(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if framing == Framing::Bare {
            return rows.put(self.summary(api, columns));
        }
        if world.nodes.is_empty() {
            let why = source_freshness::trouble(world, &SourceId::Docker)
                .or_else(|| source_freshness::trouble(world, &SourceId::Nodes))
                .unwrap_or("No node is known yet: neither the engine nor the API server has named one.");
            return rows.put_all(ctx.wrapped(StyleRole::Unknown, format!("? UNKNOWN  {why}"), columns));
        }
        let widths = NodeColumns::of(columns);
        let most = world.nodes.iter().count().saturating_sub(rows.left());
        for (name, node) in world.nodes.iter().skip(self.pane.scroll.min(most)) {
            rows.put(self.row(name, node, api, &widths));
        }
        if let Some(error) = source_freshness::trouble(world, &SourceId::Nodes) {
            rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
    }
}

impl NodesPane<'_> {
    fn row(&self, name: &str, node: &Node, api: Freshness, widths: &NodeColumns) -> Line<'static> {
        let Pane { ctx, world, .. } = self.pane;
        let (api_role, api_words) = self.api_says(node, api);
        let (engine_role, engine_words) = self.engine_says(node);
        let (traffic_role, traffic_words) = self.traffic_says(name, node);
        let mut spans = vec![
            ctx.left(StyleRole::Text, format!("{} ", text::short_name(name, cluster_name(world))), widths.name),
            ctx.left(api_role, api_words, widths.api.saturating_sub(1)),
            Span::raw(" "),
        ];
        if widths.lease > 0 {
            spans.push(ctx.left(StyleRole::Dim, self.lease(node), widths.lease));
        }
        spans.push(ctx.left(engine_role, engine_words, widths.engine.saturating_sub(1)));
        spans.push(Span::raw(" "));
        spans.push(ctx.fit(traffic_role, traffic_words, widths.traffic));
        Line::from(spans)
    }

    fn api_says(&self, node: &Node, api: Freshness) -> (StyleRole, String) {
        let glyphs = self.pane.ctx.glyphs;
        let Some((_, fact)) = &node.api else {
            return (StyleRole::Unknown, format!("{} not said yet", glyphs.unknown));
        };
        let cordoned = if fact.cordoned { ", cordoned" } else { "" };
        let (word, role, symbol) = match fact.ready {
            NodeReadiness::Ready => ("Ready", StyleRole::Good, glyphs.live),
            NodeReadiness::NotReady => ("NotReady", StyleRole::Bad, glyphs.down),
            NodeReadiness::Unknown => ("Unknown", StyleRole::Bad, glyphs.unknown),
        };
        match api {
            // a node that nobody has renewed since the API server is back is Ready in memory only
            Freshness::Live if fact.ready != NodeReadiness::Ready || !self.unrenewed(node) => {
                (role, format!("{symbol} {word}{cordoned}"))
            }
            _ => (StyleRole::Stale, format!("{} {word} (stale)", glyphs.stale)),
        }
    }

    /// Whether its kubelet has not renewed its lease since the API server came back.
    fn unrenewed(&self, node: &Node) -> bool {
        let back = self.pane.world.outage().and_then(|outage| outage.steps().readyz);
        back.is_some_and(|back| node.lease.is_some_and(|renewed| renewed < back))
    }

    fn lease(&self, node: &Node) -> String {
        match node.lease {
            Some(renewed) => format!("lease {}", text::age(elapsed(self.pane.now, renewed))),
            None => "no lease".to_owned(),
        }
    }

    fn engine_says(&self, node: &Node) -> (StyleRole, String) {
        let ctx = &self.pane.ctx;
        let Some((_, state)) = &node.engine else {
            return (StyleRole::Unknown, format!("{} not said yet", ctx.glyphs.unknown));
        };
        let (role, words) = run_state(ctx, state.state, state.attached, state.exit_code);
        match source_freshness::engine(self.pane.world) {
            Freshness::Live => (role, words),
            _ => {
                let words = words.split_once(' ').map_or(words.as_str(), |(_, words)| words);
                (StyleRole::Stale, format!("{} {words} (stale)", ctx.glyphs.stale))
            }
        }
    }

    fn traffic_says(&self, name: &str, node: &Node) -> (StyleRole, String) {
        let Pane { ctx, now, world, .. } = self.pane;
        if node.role == Some(NodeRole::ControlPlane) {
            return (StyleRole::Dim, format!("{} not asked", ctx.glyphs.none));
        }
        let Some(worker) = world.traffic.get(name) else {
            return (StyleRole::Unknown, format!("{} not asked yet", ctx.glyphs.unknown));
        };
        let Some(last) = worker.last() else {
            let why = if worker.address.is_none() { "no NodePort" } else { "not asked yet" };
            return (StyleRole::Unknown, format!("{} {why}", ctx.glyphs.unknown));
        };
        if let Freshness::Stale { since } = worker.freshness(now) {
            return (StyleRole::Stale, format!("{} STALE {}", ctx.glyphs.stale, text::age(elapsed(now, since))));
        }
        match last.outcome {
            TrafficOutcome::Answered(status) if last.answered() => {
                (StyleRole::Good, format!("{} {status}", ctx.glyphs.live))
            }
            TrafficOutcome::Answered(status) => (StyleRole::Bad, format!("{} {status}", ctx.glyphs.failed)),
            TrafficOutcome::Failed(error) => (StyleRole::Bad, format!("{} {}", ctx.glyphs.failed, error.as_str())),
            TrafficOutcome::Missed => (StyleRole::Unknown, format!("{} not asked", ctx.glyphs.missed)),
        }
    }

    /// All nodes in one row.
    fn summary(&self, api: Freshness, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let said = world.nodes.iter().filter(|(_, node)| node.api.is_some()).count();
        let ready = world
            .nodes
            .iter()
            .filter(|(_, node)| node.api.as_ref().is_some_and(|(_, fact)| fact.ready == NodeReadiness::Ready))
            .count();
        let words = match said {
            0 => "nobody has said".to_owned(),
            _ => format!("{ready} of {said} Ready"),
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
