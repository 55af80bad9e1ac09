//! Workload: answers of httpbin through the NodePort of each worker, their latency, and the ratio answered in an
//! outage.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{SourceId, TrafficOutcome},
    tui::{
        draw::{
            big_digits,
            rows::Rows,
            source_freshness, sparkline,
            text::{self, elapsed},
            theme::StyleRole,
        },
        layout::screen_areas::Framing,
        panes::pane::{FrameTitle, Pane, cluster_name},
    },
    world::{Freshness, Tally, WorkerTraffic},
};

/// Width of the name of a worker.
const NAME: usize = 9;

/// Width of the newest answer.
const ANSWER: usize = 14;

/// Rows of the ratio in big digits, with a blank row above.
const BIG_DIGITS_ROWS: usize = big_digits::HEIGHT + 1;

/// Arguments of the httpbin pane.
#[derive(Debug)]
pub(crate) struct HttpbinPane<'a> {
    pub(crate) pane: Pane<'a>,
}

impl Widget for HttpbinPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, world, framing, .. } = self.pane;
        let notes = vec![ctx.freshness(world.traffic.freshness(now), now)];
        let inner = self.pane.frame(area, buf, FrameTitle { notes, ..FrameTitle::new("httpbin") });
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        rows.put(self.ratio_row(columns, framing == Framing::Bare));
        let source_error = source_freshness::source_error(world, &SourceId::Traffic);
        if world.traffic.is_empty() {
            let why = source_error.unwrap_or("No workers found yet; no requests are sent.");
            rows.put_all(ctx.wrapped(StyleRole::Unknown, why, columns));
            return;
        }
        let any_request = world.traffic.iter().any(|(_, worker)| worker.last().is_some());
        if let Some(error) = source_error.filter(|_| !any_request) {
            // the error explains why there are no requests
            rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
        if framing == Framing::Bare {
            if rows.left() > 0 {
                rows.put(self.combined_sparkline(columns));
            }
            return;
        }
        let workers = world.traffic.iter().count();
        let (tally, _) = self.tally();
        if let (true, Some(ratio)) = (rows.left() > workers + BIG_DIGITS_ROWS, tally.ratio()) {
            let role = if tally.answered == tally.sent { StyleRole::Good } else { StyleRole::Bad };
            let big = big_digits::rows(&text::percent(ratio), ctx.glyphs.bar);
            if big.first().is_some_and(|line| text::width(line) <= columns) {
                rows.put(Line::default());
                rows.put_all(big.into_iter().map(|line| Line::from(ctx.span(role, line))));
            }
        }
        if rows.left() > workers {
            rows.put(Line::default());
        }
        for (name, worker) in world.traffic.iter() {
            rows.put(self.worker(name, worker, columns));
        }
        if let Some(error) = source_error.filter(|_| any_request) {
            rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
    }
}

impl HttpbinPane<'_> {
    /// Requests answered and sent: in the current or the last outage, else in the session.
    fn tally(&self) -> (Tally, &'static str) {
        let world = self.pane.world;
        match (world.outage(), world.outages.past().next_back()) {
            (Some(outage), _) => (outage.traffic_tally(), "in this outage"),
            (None, Some(last)) if last.traffic_tally().sent > 0 => (last.traffic_tally(), "in the last outage"),
            _ => (world.traffic.tally(), "so far"),
        }
    }

    fn ratio_row(&self, columns: usize, named: bool) -> Line<'static> {
        let ctx = &self.pane.ctx;
        let (tally, when) = self.tally();
        let mut spans = Vec::new();
        if named {
            let (symbol, role) = ctx.freshness_symbol(self.pane.world.traffic.freshness(self.pane.now));
            spans.push(ctx.left(StyleRole::Dim, "httpbin", 11));
            spans.push(ctx.span(role, format!("{symbol} ")));
        }
        match tally.ratio() {
            None if named => spans.push(ctx.span(StyleRole::Unknown, "no requests yet")),
            None => spans.push(ctx.span(StyleRole::Unknown, "? no requests yet")),
            Some(ratio) => {
                let role = if tally.answered == tally.sent { StyleRole::Good } else { StyleRole::Bad };
                spans.push(ctx.span(role, text::percent(ratio)));
                let counts = format!("  {} of {}", text::count(tally.answered), text::count(tally.sent));
                spans.push(ctx.span(StyleRole::Text, counts));
                spans.push(ctx.span(StyleRole::Text, format!(" {when}")));
            }
        }
        if tally.missed > 0 {
            spans.push(ctx.span(StyleRole::Unknown, format!(", {} unknown", text::count(tally.missed))));
        }
        let mut line = Line::from(spans);
        // the text is left out before the numbers
        while line.width() > columns && line.spans.len() > 2 {
            line.spans.pop();
        }
        line
    }

    /// One sparkline for all workers: a slot counts as answered if every worker answered.
    fn combined_sparkline(&self, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let all: Vec<Vec<sparkline::ProbeCell>> =
            world.traffic.iter().map(|(_, worker)| sparkline::traffic_cells(worker.slots.iter(), now)).collect();
        let longest = all.iter().map(Vec::len).max().unwrap_or(0);
        let cells: Vec<sparkline::ProbeCell> = (0..longest.min(columns))
            .rev()
            .map(|back| {
                let mut slot =
                    all.iter().filter_map(|cells| cells.len().checked_sub(back + 1).and_then(|i| cells.get(i)));
                slot.clone()
                    .find(|cell| **cell == sparkline::ProbeCell::Failed)
                    .or_else(|| slot.clone().find(|cell| **cell == sparkline::ProbeCell::Missed))
                    .or_else(|| slot.next())
                    .copied()
                    .unwrap_or(sparkline::ProbeCell::Missed)
            })
            .collect();
        sparkline::row(&ctx, &cells, columns)
    }

    fn worker(&self, name: &str, worker: &WorkerTraffic, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let name = ctx.left(StyleRole::Text, text::short_name(name, cluster_name(world)), NAME);
        let room = columns.saturating_sub(NAME + ANSWER + 1);
        let rest = columns.saturating_sub(NAME);
        let Some(last) = worker.last() else {
            let why = match &worker.address {
                None => "? no NodePort mapped",
                Some(_) => "? no request yet",
            };
            return Line::from(vec![name, ctx.fit(StyleRole::Unknown, why, rest)]);
        };
        let (role, words) = match (worker.freshness(now), last.outcome) {
            (Freshness::Stale { since }, _) => {
                (StyleRole::Stale, format!("{} {}", ctx.glyphs.stale, text::duration(elapsed(now, since))))
            }
            (_, TrafficOutcome::Missed) => (StyleRole::Unknown, format!("{} not sent", ctx.glyphs.missed)),
            (_, TrafficOutcome::Answered(status)) => {
                let (symbol, role) = if last.answered() {
                    (ctx.glyphs.live, StyleRole::Good)
                } else {
                    (ctx.glyphs.failed, StyleRole::Bad)
                };
                (role, format!("{symbol} {status} {}", text::latency(last.latency_us)))
            }
            (_, TrafficOutcome::Failed(error)) => (StyleRole::Bad, format!("{} {}", ctx.glyphs.failed, error.as_str())),
        };
        let mut spans = vec![name, ctx.left(role, words, ANSWER), Span::raw(" ")];
        spans.extend(sparkline::row(&ctx, &sparkline::traffic_cells(worker.slots.iter(), now), room).spans);
        Line::from(spans)
    }
}
