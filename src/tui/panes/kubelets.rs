//! Kubelet journals: the lanes over time, and the folded list of entries below them.
//!
//! Without an outage the lanes show what each of them will mean; after one they keep it, with the time since its end.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    tui::{
        draw::{
            captions,
            rows::Rows,
            source_freshness,
            text::{self, elapsed},
            theme::StyleRole,
        },
        layout::{content_rows::ContentRows, kubelets_rows::KubeletsRows},
        model::list::ListPosition,
        panes::{
            entries,
            lane_columns::{CAPTION, LaneColumns},
            pane::{FrameTitle, Pane, cluster_name},
        },
    },
    world::{Lane, LaneId, Outage},
};

/// Shortest time that the bars span, so that the first lines of an outage do not fill them.
const SHORTEST: Duration = Duration::seconds(30);

/// Arguments of the kubelets pane.
#[derive(Debug)]
pub(crate) struct KubeletsPane<'a> {
    pub(crate) pane: Pane<'a>,
    pub(crate) position: ListPosition,
    pub(crate) filter: &'a str,
}

impl Widget for KubeletsPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, world, framing, focused, .. } = self.pane;
        let list =
            entries::EntryList { world, now, ctx, position: self.position, filter: self.filter, focused, framing };
        let height = usize::from(area.height.saturating_sub(framing.rows()));
        let parts = KubeletsRows::of(ContentRows::of(world), height, framing);
        let title = FrameTitle {
            notes: self.notes(),
            below: Some(list.status(parts.list)),
            ..FrameTitle::new("Kubelet journals")
        };
        let inner = self.pane.frame(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        let outage = world.last_outage();
        if parts.lanes_heading > 0 {
            rows.put(self.lanes_heading(outage, columns));
        }
        let lit = |id: &LaneId| outage.is_some_and(|outage| outage.lanes.get(*id).is_some());
        let lanes = LaneId::ALL.into_iter().filter(|id| LaneId::USUAL.contains(id) || lit(id));
        for id in lanes.take(parts.lanes) {
            rows.put(self.lane(id, outage, columns));
        }
        let (rest, buf) = rows.rest();
        list.render(rest, parts.list_heading > 0, buf);
    }
}

impl KubeletsPane<'_> {
    /// Freshness of the journals, and the outage that the lanes show.
    fn notes(&self) -> Vec<Span<'static>> {
        let Pane { ctx, now, world, .. } = self.pane;
        let journals = source_freshness::journal_sources(world);
        let freshness = match (journals.live, journals.all) {
            (live, all) if live > 0 && live < all => {
                ctx.span(StyleRole::Busy, format!("{} {live} of {all} journals", ctx.glyphs.retrying))
            }
            _ => ctx.freshness(journals.freshness, now),
        };
        let mut notes = vec![freshness];
        match (world.outage(), world.outages.past().next_back()) {
            (Some(outage), _) => {
                notes.push(ctx.span(StyleRole::Bad, format!(" T+{}", text::duration(elapsed(now, outage.began)))));
            }
            (None, Some(last)) => {
                let ended = last
                    .ended()
                    .map_or(String::new(), |ended| format!(", ended {} ago", text::duration(elapsed(now, ended))));
                notes.push(
                    ctx.span(StyleRole::Dim, format!(" last outage {}{ended}", text::duration(last.duration(now)))),
                );
            }
            (None, None) => {}
        }
        let dropped = world.journal.dropped_lines();
        if dropped > 0 {
            notes.push(ctx.span(StyleRole::Busy, format!(" {} lines dropped", text::count(dropped))));
        }
        notes
    }

    /// Heading of the lanes: the time axis of the bars, or what the lanes will show.
    fn lanes_heading(&self, outage: Option<&Outage>, columns: usize) -> Line<'static> {
        let ctx = &self.pane.ctx;
        let Some(outage) = outage else {
            let live = source_freshness::journal_sources(self.pane.world).live > 0;
            let (role, caption) = if live {
                (StyleRole::Good, captions::NO_OUTAGE_YET)
            } else {
                (StyleRole::Unknown, captions::NO_JOURNAL)
            };
            return Line::from(ctx.fit(role, caption.text(ctx.language), columns));
        };
        let widths = LaneColumns::of(columns, Some(outage));
        let until = self.until(outage);
        let label = text::duration(until - outage.began);
        let axis = format!("T+0{}{label}", " ".repeat(widths.bar.saturating_sub(3 + label.len())));
        let mut spans = vec![ctx.left(StyleRole::Dim, "", widths.name), ctx.left(StyleRole::Dim, axis, widths.bar)];
        if widths.span > 0 {
            spans.push(ctx.left(StyleRole::Dim, "  first, last (s)", widths.span));
        }
        spans.push(ctx.right(StyleRole::Dim, "lines", widths.count));
        Line::from(spans)
    }

    fn until(&self, outage: &Outage) -> crate::observation::Time {
        outage.ended().unwrap_or(self.pane.now).max(outage.began + SHORTEST)
    }

    fn lane(&self, id: LaneId, outage: Option<&Outage>, columns: usize) -> Line<'static> {
        let ctx = &self.pane.ctx;
        let caption = captions::lane(id).text(ctx.language);
        let widths = LaneColumns::of(columns, outage);
        let lane = outage.and_then(|outage| Some((outage, outage.lanes.get(id)?)));
        let Some((outage, lane)) = lane else {
            let word = if outage.is_some() { "not seen: " } else { "" };
            return Line::from(vec![
                ctx.left(StyleRole::Dim, id.name(), widths.name),
                ctx.fit(
                    StyleRole::Dim,
                    format!("{} {word}{caption}", ctx.glyphs.silent),
                    columns.saturating_sub(widths.name),
                ),
            ]);
        };
        let mut spans = vec![ctx.left(StyleRole::Bad, id.name(), widths.name)];
        spans.extend(self.bar(outage, lane, widths.bar));
        if widths.span > 0 {
            let (first, last) =
                (text::offset(lane.span.first - outage.began), text::offset(lane.span.last - outage.began));
            // the clock of a line may be ahead of the event
            let sign = if first.starts_with('-') { "" } else { "+" };
            let span = format!("  T{sign}{first} {} {last}", ctx.glyphs.to);
            spans.push(ctx.left(StyleRole::Text, span, widths.span));
        }
        let count = format!("{}{}", text::count(lane.span.lines), ctx.glyphs.times);
        spans.push(ctx.right(StyleRole::Strong, count, widths.count));
        spans.extend(self.lane_notes(lane, caption, columns.saturating_sub(widths.total())));
        Line::from(spans)
    }

    /// Caption of the lane; if there is room, the lines of each worker and the failures.
    fn lane_notes(&self, lane: &Lane, caption: &str, room: usize) -> Vec<Span<'static>> {
        let ctx = &self.pane.ctx;
        if room < 8 {
            return Vec::new();
        }
        let mut extras: Vec<String> = Vec::new();
        let mut rest = room.saturating_sub(CAPTION);
        let failures = format!("  {} failures", text::count(lane.span.failures));
        for extra in [self.per_worker(lane), failures] {
            if let Some(left) = rest.checked_sub(text::width(&extra)) {
                rest = left;
                extras.push(extra);
            }
        }
        let extras = extras.concat();
        let caption = ctx.left(StyleRole::Text, format!("  {caption}"), room - text::width(&extras));
        vec![caption, ctx.span(StyleRole::Dim, extras)]
    }

    fn per_worker(&self, lane: &Lane) -> String {
        let cluster = cluster_name(self.pane.world);
        lane.by_worker
            .iter()
            .map(|(worker, span)| {
                format!(
                    "  {} {}",
                    text::safe(text::short_name(worker, cluster)),
                    text::left(&text::count(span.lines), 4, "")
                )
            })
            .collect()
    }

    /// Bar of a lane: filled where there were lines, empty where there were none, dotted for the time ahead.
    fn bar(&self, outage: &Outage, lane: &Lane, columns: usize) -> Vec<Span<'static>> {
        let ctx = &self.pane.ctx;
        let until = self.until(outage);
        let total = (until - outage.began).num_milliseconds().max(1);
        let passed = (outage.ended().unwrap_or(self.pane.now) - outage.began).num_milliseconds().clamp(0, total);
        let passed = (passed as usize * columns).div_ceil(total as usize).min(columns);
        let counts = lane.histogram.columns(until, columns);
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut run = (StyleRole::Bad, String::new());
        for (column, count) in counts.iter().enumerate() {
            let (role, symbol) = match (*count, column < passed) {
                (0, true) => (StyleRole::Dim, ctx.glyphs.bar_empty),
                (0, false) => (StyleRole::Frame, ctx.glyphs.bar_ahead),
                _ => (StyleRole::Bad, ctx.glyphs.bar),
            };
            if role != run.0 {
                spans.push(ctx.span(run.0, &run.1));
                run = (role, String::new());
            }
            run.1.push_str(symbol);
        }
        spans.push(ctx.span(run.0, &run.1));
        spans
    }
}
