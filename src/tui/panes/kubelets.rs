//! What the kubelets say: the lanes of the failure ladder over time, and below them the folded list.
//!
//! Before there was an outage the lanes say what will be seen in them; after one they keep showing it, and say so.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use super::{Pane, Title, cluster, entries};
use crate::{
    tui::{
        captions, fresh,
        layout::{Framing, Needs},
        look::{Rows, ago},
        model::Place,
        text,
        theme::Tint,
    },
    world::{Lane, LaneId, Outage, World},
};

/// Columns of a lane's name, but for the longest.
const NAME: usize = 8;

/// Columns that a caption wants.
const CAPTION: usize = 33;

/// Columns that each worker's share wants, and the failures.
const SHARES: [usize; 2] = [44, 16];

/// The time that the bars show at least, so that a young outage grows into them.
const SHORTEST: Duration = Duration::seconds(30);

/// Columns of the longest bar: as many as the histogram has halves of buckets.
const LONGEST_BAR: usize = 64;

/// What the kubelets say.
#[derive(Debug)]
pub(crate) struct KubeletsPane<'a> {
    pub(crate) pane: Pane<'a>,
    pub(crate) place: Place,
    pub(crate) filter: &'a str,
}

/// The rows of the pane.
struct Parts {
    head: u16,
    lanes: u16,
    heads: u16,
    list: u16,
}

fn parts(world: &World, height: u16, boxed: bool) -> Parts {
    let lanes = Needs::of(world).lanes.min(height);
    let spare = height - lanes;
    let head = u16::from(boxed && spare >= 5);
    let heads = u16::from(boxed && spare >= 8);
    Parts { head, lanes, heads, list: spare - head - heads }
}

/// Rows of the list in a pane whose inside is `inner`.
pub(crate) fn list_rows(world: &World, inner: Rect, boxed: bool) -> u16 {
    parts(world, inner.height, boxed).list
}

impl Widget for KubeletsPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { look, now, world, framing, focused, .. } = self.pane;
        let parts_of = |height| parts(world, height, framing == Framing::Boxed);
        let list_height = parts_of(area.height.saturating_sub(if framing == Framing::Boxed { 2 } else { 0 })).list;
        let list = entries::Entries { world, now, look, place: self.place, filter: self.filter, focused, framing };
        let title = Title {
            notes: self.notes(),
            below: Some(list.status(usize::from(list_height))),
            ..Title::new("What the kubelets say")
        };
        let inner = self.pane.open(area, buf, title);
        let parts = parts_of(inner.height);
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        let outage = world.last_outage();
        if parts.head > 0 {
            rows.put(self.head(outage, columns));
        }
        let lit = |id: &LaneId| outage.is_some_and(|outage| outage.lanes.get(*id).is_some());
        let lanes = LaneId::ALL.into_iter().filter(|id| LaneId::USUAL.contains(id) || lit(id));
        for id in lanes.take(usize::from(parts.lanes)) {
            rows.put(self.lane(id, outage, columns));
        }
        let (rest, buf) = rows.rest();
        list.render(rest, parts.heads > 0, buf);
    }
}

impl KubeletsPane<'_> {
    /// How the journals are heard, and whose outage the lanes show.
    fn notes(&self) -> Vec<Span<'static>> {
        let Pane { look, now, world, .. } = self.pane;
        let journals = fresh::journals(world);
        let heard = match (journals.live, journals.all) {
            (live, all) if live > 0 && live < all => {
                look.span(Tint::Busy, format!("{} {live} of {all} journals", look.glyphs.retrying))
            }
            _ => look.freshness(journals.freshness, now),
        };
        let mut notes = vec![heard];
        match (world.outage(), world.outages.past().next_back()) {
            (Some(outage), _) => {
                notes.push(look.span(Tint::Bad, format!(" T+{}", text::stopwatch(ago(now, outage.began)))));
            }
            (None, Some(last)) => {
                let ended =
                    last.ended.map_or(String::new(), |ended| format!(", over for {}", text::age(ago(now, ended))));
                notes.push(look.span(Tint::Dim, format!(" last outage {}{ended}", text::age(last.duration(now)))));
            }
            (None, None) => {}
        }
        let dropped = world.journal.dropped_lines();
        if dropped > 0 {
            notes.push(look.span(Tint::Busy, format!(" {} lines dropped", text::count(dropped))));
        }
        notes
    }

    /// Over the lanes: what will be seen there, or the time over the bars.
    fn head(&self, outage: Option<&Outage>, columns: usize) -> Line<'static> {
        let look = &self.pane.look;
        let Some(outage) = outage else {
            let heard = fresh::journals(self.pane.world).live > 0;
            let (tint, words) = if heard { (Tint::Good, captions::QUIET) } else { (Tint::Unknown, captions::DEAF) };
            return Line::from(look.fit(tint, words.say(look.language), columns));
        };
        let widths = Widths::of(columns, Some(outage));
        let until = self.until(outage);
        let label = text::stopwatch(until - outage.began);
        let axis = format!("T+0{}{label}", " ".repeat(widths.bar.saturating_sub(3 + label.len())));
        let mut spans = vec![look.left(Tint::Dim, "", widths.name), look.left(Tint::Dim, axis, widths.bar)];
        if widths.span > 0 {
            spans.push(look.left(Tint::Dim, "  first, last", widths.span));
        }
        spans.push(look.right(Tint::Dim, "lines", widths.count));
        Line::from(spans)
    }

    fn until(&self, outage: &Outage) -> crate::observation::Time {
        outage.ended.unwrap_or(self.pane.now).max(outage.began + SHORTEST)
    }

    fn lane(&self, id: LaneId, outage: Option<&Outage>, columns: usize) -> Line<'static> {
        let look = &self.pane.look;
        let caption = captions::lane(id).say(look.language);
        let widths = Widths::of(columns, outage);
        let lane = outage.and_then(|outage| Some((outage, outage.lanes.get(id)?)));
        let Some((outage, lane)) = lane else {
            let word = if outage.is_some() { "not seen  " } else { "" };
            return Line::from(vec![
                look.left(Tint::Dim, id.name(), widths.name),
                look.fit(
                    Tint::Dim,
                    format!("{} {word}{caption}", look.glyphs.silent),
                    columns.saturating_sub(widths.name),
                ),
            ]);
        };
        let mut spans = vec![look.left(Tint::Bad, id.name(), widths.name)];
        spans.extend(self.bar(outage, lane, widths.bar));
        if widths.span > 0 {
            let (first, last) =
                (text::since(lane.span.first - outage.began), text::since(lane.span.last - outage.began));
            // a line may be stamped just before its cause
            let sign = if first.starts_with('-') { "" } else { "+" };
            let span = format!("  T{sign}{first} {} {last}", look.glyphs.to);
            spans.push(look.left(Tint::Text, span, widths.span));
        }
        let count = format!("{}{}", text::count(lane.span.lines), look.glyphs.times);
        spans.push(look.right(Tint::Strong, count, widths.count));
        spans.extend(self.words(lane, caption, columns.saturating_sub(widths.sum())));
        Line::from(spans)
    }

    /// What the lane means, and as far as there is room each worker's share and the failures.
    fn words(&self, lane: &Lane, caption: &str, room: usize) -> Vec<Span<'static>> {
        let look = &self.pane.look;
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
        let caption = look.left(Tint::Text, format!("  {caption}"), room - text::width(&extras));
        vec![caption, look.span(Tint::Dim, extras)]
    }

    fn per_worker(&self, lane: &Lane) -> String {
        let cluster = cluster(self.pane.world);
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

    /// The bar of a lane: full where there were lines, empty where there were none, and nothing for the time ahead.
    fn bar(&self, outage: &Outage, lane: &Lane, columns: usize) -> Vec<Span<'static>> {
        let look = &self.pane.look;
        let until = self.until(outage);
        let total = (until - outage.began).num_milliseconds().max(1);
        let passed = (outage.ended.unwrap_or(self.pane.now) - outage.began).num_milliseconds().clamp(0, total);
        let passed = (passed as usize * columns).div_ceil(total as usize).min(columns);
        let counts = lane.histogram.columns(until, columns);
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut run = (Tint::Bad, String::new());
        for (column, count) in counts.iter().enumerate() {
            let (tint, symbol) = match (*count, column < passed) {
                (0, true) => (Tint::Dim, look.glyphs.bar_empty),
                (0, false) => (Tint::Frame, look.glyphs.bar_ahead),
                _ => (Tint::Bad, look.glyphs.bar),
            };
            if tint != run.0 {
                spans.push(look.span(run.0, &run.1));
                run = (tint, String::new());
            }
            run.1.push_str(symbol);
        }
        spans.push(look.span(run.0, &run.1));
        spans
    }
}

/// Columns of the parts of a lane: name and count always, then bar, then the times; the caption has the rest.
struct Widths {
    name: usize,
    bar: usize,
    span: usize,
    count: usize,
}

impl Widths {
    fn of(columns: usize, outage: Option<&Outage>) -> Self {
        let lit = outage.into_iter().flat_map(|outage| outage.lanes.iter());
        let name = lit.map(|(id, _)| id.name().len() + 1).fold(NAME, usize::max);
        let count = 6;
        let span = if columns >= 54 { 17 } else { 0 };
        let room = columns.saturating_sub(name + span + count);
        // the words matter more than a long bar
        let caption = match columns {
            0..70 => 0,
            70..125 => CAPTION,
            125..160 => CAPTION + SHARES[0],
            _ => CAPTION + SHARES[0] + SHARES[1],
        };
        let bar = room.saturating_sub(caption).clamp(8.min(room), LONGEST_BAR);
        Self { name, bar, span, count }
    }

    fn sum(&self) -> usize {
        self.name + self.bar + self.span + self.count
    }
}
