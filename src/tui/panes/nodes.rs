//! The nodes from three points of view that do not depend on each other: what the API server last said, what the engine
//! says now, and what traffic says.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use super::{Pane, Title, cluster, control_plane::run_state};
use crate::{
    observation::{NodeReadiness, NodeRole, SourceId, TrafficOutcome},
    tui::{
        fresh,
        layout::Framing,
        look::{Rows, ago},
        text,
        theme::Tint,
    },
    world::{Freshness, Node},
};

/// The nodes.
#[derive(Debug)]
pub(crate) struct NodesPane<'a> {
    pub(crate) pane: Pane<'a>,
}

/// Columns of the parts of a row.
struct Widths {
    name: usize,
    api: usize,
    lease: usize,
    engine: usize,
    traffic: usize,
}

impl Widths {
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
        let Pane { look, now, world, framing, .. } = self.pane;
        let api = match world.nodes.iter().any(|(_, node)| node.api.is_some()) {
            true => fresh::api(world, &SourceId::Nodes, now),
            false => Freshness::Unknown,
        };
        let title = Title {
            notes: vec![look.freshness(api, now)],
            right: Some(format!("API says {d} engine says {d} traffic says", d = look.glyphs.dot)),
            ..Title::new("Nodes")
        };
        let inner = self.pane.open(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if framing == Framing::Bare {
            return rows.put(self.summary(api, columns));
        }
        if world.nodes.is_empty() {
            let why = fresh::trouble(world, &SourceId::Docker)
                .or_else(|| fresh::trouble(world, &SourceId::Nodes))
                .unwrap_or("No node is known yet: neither the engine nor the API server has named one.");
            return rows.put_all(look.wrapped(Tint::Unknown, format!("? UNKNOWN  {why}"), columns));
        }
        let widths = Widths::of(columns);
        let most = world.nodes.iter().count().saturating_sub(rows.left());
        for (name, node) in world.nodes.iter().skip(self.pane.scroll.min(most)) {
            rows.put(self.row(name, node, api, &widths));
        }
        if let Some(error) = fresh::trouble(world, &SourceId::Nodes) {
            rows.put_all(look.wrapped(Tint::Busy, error, columns));
        }
    }
}

impl NodesPane<'_> {
    fn row(&self, name: &str, node: &Node, api: Freshness, widths: &Widths) -> Line<'static> {
        let Pane { look, world, .. } = self.pane;
        let (api_tint, api_words) = self.api_says(node, api);
        let (engine_tint, engine_words) = self.engine_says(node);
        let (traffic_tint, traffic_words) = self.traffic_says(name, node);
        let mut spans = vec![
            look.left(Tint::Text, format!("{} ", text::short_name(name, cluster(world))), widths.name),
            look.left(api_tint, api_words, widths.api.saturating_sub(1)),
            Span::raw(" "),
        ];
        if widths.lease > 0 {
            spans.push(look.left(Tint::Dim, self.lease(node), widths.lease));
        }
        spans.push(look.left(engine_tint, engine_words, widths.engine.saturating_sub(1)));
        spans.push(Span::raw(" "));
        spans.push(look.fit(traffic_tint, traffic_words, widths.traffic));
        Line::from(spans)
    }

    fn api_says(&self, node: &Node, api: Freshness) -> (Tint, String) {
        let glyphs = self.pane.look.glyphs;
        let Some((_, fact)) = &node.api else {
            return (Tint::Unknown, format!("{} not said yet", glyphs.unknown));
        };
        let cordoned = if fact.cordoned { ", cordoned" } else { "" };
        let (word, tint, symbol) = match fact.ready {
            NodeReadiness::Ready => ("Ready", Tint::Good, glyphs.live),
            NodeReadiness::NotReady => ("NotReady", Tint::Bad, glyphs.down),
            NodeReadiness::Unknown => ("Unknown", Tint::Bad, glyphs.unknown),
        };
        match api {
            // a node that nobody has renewed since the API server is back is Ready in memory only
            Freshness::Live if fact.ready != NodeReadiness::Ready || !self.unrenewed(node) => {
                (tint, format!("{symbol} {word}{cordoned}"))
            }
            _ => (Tint::Stale, format!("{} {word} (stale)", glyphs.stale)),
        }
    }

    /// Whether its kubelet has not renewed its lease since the API server came back.
    fn unrenewed(&self, node: &Node) -> bool {
        let back = self.pane.world.outage().and_then(|outage| outage.steps.readyz);
        back.is_some_and(|back| node.lease.is_some_and(|renewed| renewed < back))
    }

    fn lease(&self, node: &Node) -> String {
        match node.lease {
            Some(renewed) => format!("lease {}", text::age(ago(self.pane.now, renewed))),
            None => "no lease".to_owned(),
        }
    }

    fn engine_says(&self, node: &Node) -> (Tint, String) {
        let look = &self.pane.look;
        let Some((_, state)) = &node.engine else {
            return (Tint::Unknown, format!("{} not said yet", look.glyphs.unknown));
        };
        let (tint, words) = run_state(look, state.state, state.attached, state.exit_code);
        match fresh::engine(self.pane.world) {
            Freshness::Live => (tint, words),
            _ => {
                let words = words.split_once(' ').map_or(words.as_str(), |(_, words)| words);
                (Tint::Stale, format!("{} {words} (stale)", look.glyphs.stale))
            }
        }
    }

    fn traffic_says(&self, name: &str, node: &Node) -> (Tint, String) {
        let Pane { look, now, world, .. } = self.pane;
        if node.role == Some(NodeRole::ControlPlane) {
            return (Tint::Dim, format!("{} not asked", look.glyphs.none));
        }
        let Some(worker) = world.traffic.get(name) else {
            return (Tint::Unknown, format!("{} not asked yet", look.glyphs.unknown));
        };
        let Some(last) = worker.last() else {
            let why = if worker.address.is_none() { "no NodePort" } else { "not asked yet" };
            return (Tint::Unknown, format!("{} {why}", look.glyphs.unknown));
        };
        if let Freshness::Stale { since } = worker.freshness(now) {
            return (Tint::Stale, format!("{} STALE {}", look.glyphs.stale, text::age(ago(now, since))));
        }
        match last.outcome {
            TrafficOutcome::Answered(status) if last.answered() => {
                (Tint::Good, format!("{} {status}", look.glyphs.live))
            }
            TrafficOutcome::Answered(status) => (Tint::Bad, format!("{} {status}", look.glyphs.failed)),
            TrafficOutcome::Failed(error) => (Tint::Bad, format!("{} {}", look.glyphs.failed, error.as_str())),
            TrafficOutcome::Missed => (Tint::Unknown, format!("{} not asked", look.glyphs.missed)),
        }
    }

    /// All nodes in one row.
    fn summary(&self, api: Freshness, columns: usize) -> Line<'static> {
        let Pane { look, now, world, .. } = self.pane;
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
        let (_, tint) = look.freshness_symbol(api);
        let line = vec![
            look.left(Tint::Dim, "nodes", 11),
            look.freshness(api, now),
            look.fit(tint, format!("  {words}"), columns),
        ];
        Line::from(line)
    }
}
