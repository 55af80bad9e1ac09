//! The workload through each worker's NodePort: does it answer, how fast, and how much of an outage did it live through.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use super::{Pane, Title, cluster};
use crate::{
    observation::{SourceId, TrafficOutcome},
    tui::{
        big, fresh,
        layout::Framing,
        look::{Rows, ago},
        spark, text,
        theme::Tint,
    },
    world::{Freshness, Tally, WorkerTraffic},
};

/// Columns of a worker's name.
const NAME: usize = 9;

/// Columns of its newest answer.
const ANSWER: usize = 14;

/// Rows that the share takes in big digits, with the one above them.
const BIG_ROWS: usize = big::HEIGHT + 1;

/// The workload.
#[derive(Debug)]
pub(crate) struct HttpbinPane<'a> {
    pub(crate) pane: Pane<'a>,
}

impl Widget for HttpbinPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { look, now, world, framing, .. } = self.pane;
        let notes = vec![look.freshness(world.traffic.freshness(now), now)];
        let inner = self.pane.open(area, buf, Title { notes, ..Title::new("httpbin") });
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        rows.put(self.share(columns, framing == Framing::Bare));
        let trouble = fresh::trouble(world, &SourceId::Traffic);
        if world.traffic.is_empty() {
            let why = trouble.unwrap_or("No worker is known yet: nothing can be asked.");
            rows.put_all(look.wrapped(Tint::Unknown, why, columns));
            return;
        }
        let asked = world.traffic.iter().any(|(_, worker)| worker.last().is_some());
        if let Some(error) = trouble.filter(|_| !asked) {
            // why nobody is asked says more than that nobody was
            rows.put_all(look.wrapped(Tint::Busy, error, columns));
        }
        if framing == Framing::Bare {
            if rows.left() > 0 {
                rows.put(self.beats(columns));
            }
            return;
        }
        let workers = world.traffic.iter().count();
        let (tally, _) = self.tally();
        if let (true, Some(ratio)) = (rows.left() > workers + BIG_ROWS, tally.ratio()) {
            let tint = if tally.answered == tally.sent { Tint::Good } else { Tint::Bad };
            let big = big::lines(&text::percent(ratio), look.glyphs.bar);
            if big.first().is_some_and(|line| text::width(line) <= columns) {
                rows.put(Line::default());
                rows.put_all(big.into_iter().map(|line| Line::from(look.span(tint, line))));
            }
        }
        if rows.left() > workers {
            rows.put(Line::default());
        }
        for (name, worker) in world.traffic.iter() {
            rows.put(self.worker(name, worker, columns));
        }
        if let Some(error) = trouble.filter(|_| asked) {
            rows.put_all(look.wrapped(Tint::Busy, error, columns));
        }
    }
}

impl HttpbinPane<'_> {
    /// Answered of sent: in the outage where there is one, else so far.
    fn tally(&self) -> (Tally, &'static str) {
        let world = self.pane.world;
        match (world.outage(), world.outages.past().next_back()) {
            (Some(outage), _) => (outage.traffic_tally(), "in this outage"),
            (None, Some(last)) if last.traffic_tally().sent > 0 => (last.traffic_tally(), "in the last outage"),
            _ => (world.traffic.tally(), "so far"),
        }
    }

    fn share(&self, columns: usize, named: bool) -> Line<'static> {
        let look = &self.pane.look;
        let (tally, when) = self.tally();
        let mut spans = Vec::new();
        if named {
            let (symbol, tint) = look.freshness_symbol(self.pane.world.traffic.freshness(self.pane.now));
            spans.push(look.left(Tint::Dim, "httpbin", 11));
            spans.push(look.span(tint, format!("{symbol} ")));
        }
        match tally.ratio() {
            None if named => spans.push(look.span(Tint::Unknown, "no answer counted yet")),
            None => spans.push(look.span(Tint::Unknown, "? no answer counted yet")),
            Some(ratio) => {
                let tint = if tally.answered == tally.sent { Tint::Good } else { Tint::Bad };
                spans.push(look.span(tint, text::percent(ratio)));
                let counts = format!("  {} of {}", text::count(tally.answered), text::count(tally.sent));
                spans.push(look.span(Tint::Text, counts));
                spans.push(look.span(Tint::Text, format!(" {when}")));
            }
        }
        if tally.missed > 0 {
            spans.push(look.span(Tint::Unknown, format!(", {} unknown", text::count(tally.missed))));
        }
        let mut line = Line::from(spans);
        // the words give way before the numbers do
        while line.width() > columns && line.spans.len() > 2 {
            line.spans.pop();
        }
        line
    }

    /// One heartbeat over all workers: a slot is good where every worker answered.
    fn beats(&self, columns: usize) -> Line<'static> {
        let Pane { look, now, world, .. } = self.pane;
        let all: Vec<Vec<spark::Cell>> =
            world.traffic.iter().map(|(_, worker)| spark::traffic(worker.slots.iter(), now)).collect();
        let longest = all.iter().map(Vec::len).max().unwrap_or(0);
        let cells: Vec<spark::Cell> = (0..longest.min(columns))
            .rev()
            .map(|back| {
                let mut slot =
                    all.iter().filter_map(|cells| cells.len().checked_sub(back + 1).and_then(|i| cells.get(i)));
                slot.clone()
                    .find(|cell| **cell == spark::Cell::Failed)
                    .or_else(|| slot.clone().find(|cell| **cell == spark::Cell::Missed))
                    .or_else(|| slot.next())
                    .copied()
                    .unwrap_or(spark::Cell::Missed)
            })
            .collect();
        spark::line(&look, &cells, columns)
    }

    fn worker(&self, name: &str, worker: &WorkerTraffic, columns: usize) -> Line<'static> {
        let Pane { look, now, world, .. } = self.pane;
        let name = look.left(Tint::Text, text::short_name(name, cluster(world)), NAME);
        let room = columns.saturating_sub(NAME + ANSWER + 1);
        let rest = columns.saturating_sub(NAME);
        let Some(last) = worker.last() else {
            let why = match &worker.address {
                None => "? no NodePort mapped",
                Some(_) => "? not asked yet",
            };
            return Line::from(vec![name, look.fit(Tint::Unknown, why, rest)]);
        };
        let (tint, words) = match (worker.freshness(now), last.outcome) {
            (Freshness::Stale { since }, _) => {
                (Tint::Stale, format!("{} {}", look.glyphs.stale, text::age(ago(now, since))))
            }
            (_, TrafficOutcome::Missed) => (Tint::Unknown, format!("{} not asked", look.glyphs.missed)),
            (_, TrafficOutcome::Answered(status)) => {
                let (symbol, tint) =
                    if last.answered() { (look.glyphs.live, Tint::Good) } else { (look.glyphs.failed, Tint::Bad) };
                (tint, format!("{symbol} {status} {}", text::latency(last.latency_us)))
            }
            (_, TrafficOutcome::Failed(error)) => (Tint::Bad, format!("{} {}", look.glyphs.failed, error.as_str())),
        };
        let mut spans = vec![name, look.left(tint, words, ANSWER), Span::raw(" ")];
        spans.extend(spark::line(&look, &spark::traffic(worker.slots.iter(), now), room).spans);
        Line::from(spans)
    }
}
