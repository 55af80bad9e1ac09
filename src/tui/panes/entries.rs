//! List of journal entries, newest first: time, worker, call, error, count, and the time until the next attempt.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    kubelet::{self, Symptom},
    observation::Time,
    tui::{
        draw::{captions, draw_context::DrawContext, rows::Rows, source_freshness, text, theme::StyleRole},
        layout::screen_areas::Framing,
        model::list::{ListPosition, anchors, matching, position},
        panes::pane::cluster_name,
    },
    world::{JournalEntry, World},
};

/// The list of entries.
#[derive(Debug)]
pub(super) struct EntryList<'a> {
    pub(super) world: &'a World,
    pub(super) now: Time,
    pub(super) ctx: DrawContext,
    pub(super) position: ListPosition,
    pub(super) filter: &'a str,
    pub(super) focused: bool,
    pub(super) framing: Framing,
}

/// Widths of the columns; a column of width 0 is omitted.
struct EntryColumns {
    time: usize,
    worker: usize,
    call: usize,
    error: usize,
    count: usize,
    retry: usize,
}

impl EntryColumns {
    /// The widths in a pane of `columns`, where the longest name of a worker has `name` columns.
    fn of(columns: usize, name: usize) -> Self {
        let time = if columns >= 48 { 9 } else { 0 };
        let (worker, count) = ((name + 1).clamp(8, if columns >= 60 { 13 } else { 8 }), 5);
        let retry = if columns >= 60 { 12 } else { 0 };
        let room = columns.saturating_sub(time + worker + count + retry);
        let call = room.saturating_sub(19).min(44);
        Self { time, worker, call, error: room - call, count, retry }
    }
}

impl EntryList<'_> {
    /// Filter, count and position, for the frame of the pane.
    pub(super) fn status(&self, height: usize) -> Span<'static> {
        let all = self.world.journal.len();
        let filter = if self.filter.is_empty() { String::new() } else { format!("filter \"{}\"  ", self.filter) };
        match self.position {
            ListPosition::Follow if filter.is_empty() && all <= height => {
                self.ctx.span(StyleRole::Dim, format!("{all} entries"))
            }
            ListPosition::Follow => {
                let shown = if filter.is_empty() { all } else { matching(&self.world.journal, self.filter).count() };
                self.ctx.span(StyleRole::Dim, format!("{filter}{shown} entries, newest first"))
            }
            ListPosition::At { cursor, .. } => {
                let shown = anchors(&self.world.journal, self.filter);
                let row = position(&shown, cursor) + 1;
                self.ctx.span(StyleRole::Busy, format!("{filter}entry {row} of {}, scrolled, Home: live", shown.len()))
            }
        }
    }

    /// Draws the list; with `heading`, below the names of the columns or the error of a journal.
    pub(super) fn render(&self, area: Rect, heading: bool, buf: &mut Buffer) {
        let ctx = &self.ctx;
        let mut rows = Rows::new(area, buf);
        let columns = rows.columns();
        let widths = EntryColumns::of(columns, self.longest_name());
        let source_error = source_freshness::journal_sources(self.world).error;
        match source_error {
            Some(error) if heading => rows.put(ctx.fit(StyleRole::Busy, error, columns)),
            _ if heading => rows.put(self.heading(&widths)),
            _ => {}
        }
        let (skip, cursor) = match self.position {
            ListPosition::Follow => (0, None),
            ListPosition::At { top, cursor } => {
                let shown = anchors(&self.world.journal, self.filter);
                // the last page stays full when entries are evicted
                let most = shown.len().saturating_sub(rows.left());
                (position(&shown, top).min(most), shown.get(position(&shown, cursor)).map(|anchor| anchor.id))
            }
        };
        let mut any = false;
        for entry in matching(&self.world.journal, self.filter).skip(skip).take(rows.left()) {
            any = true;
            let line = self.row(entry, &widths);
            match cursor == Some(entry.id) && self.focused {
                true => rows.put_over(line, ctx.style(StyleRole::Cursor)),
                false => rows.put(line),
            }
        }
        if !any && self.framing == Framing::Boxed {
            let (role, why) = match (self.world.journal.is_empty(), source_error) {
                (true, Some(error)) => (StyleRole::Busy, error.to_owned()),
                (true, None) => (StyleRole::Dim, captions::NO_ENTRIES.text(ctx.language).to_owned()),
                (false, _) => (StyleRole::Dim, format!("No entries match \"{}\". Esc clears the filter.", self.filter)),
            };
            rows.put_all(ctx.wrapped(role, why, columns));
        }
    }

    fn longest_name(&self) -> usize {
        let workers = self.world.cluster.iter().flat_map(|known| known.workers());
        workers
            .map(|node| text::short_name(&node.name, cluster_name(self.world)).chars().count())
            .max()
            .unwrap_or_default()
    }

    fn heading(&self, widths: &EntryColumns) -> Line<'static> {
        let dim = |text: &str, columns: usize| self.ctx.left(StyleRole::Dim, text, columns);
        Line::from(vec![
            dim("time", widths.time),
            dim("worker", widths.worker),
            dim("call", widths.call),
            dim("error", widths.error),
            self.ctx.right(StyleRole::Dim, "count", widths.count),
            dim("  retry", widths.retry),
        ])
    }

    fn row(&self, entry: &JournalEntry, widths: &EntryColumns) -> Line<'static> {
        let ctx = &self.ctx;
        let worker = text::short_name(&entry.worker, cluster_name(self.world));
        let role = if entry.control_plane { StyleRole::Text } else { StyleRole::Dim };
        let mut spans = vec![
            ctx.left(StyleRole::Dim, ctx.time(entry.first), widths.time),
            ctx.left(role, format!("{worker} "), widths.worker),
        ];
        if entry.control_plane {
            let call = match &entry.resource {
                Some(resource) => format!("{} {resource} ", entry.activity),
                None => format!("{} ", entry.activity),
            };
            let error = captions::error(entry.symptom).text(ctx.language);
            let weight = if entry.symptom == Symptom::None { StyleRole::Text } else { StyleRole::Bad };
            spans.push(ctx.left(StyleRole::Strong, call, widths.call));
            spans.push(ctx.left(weight, format!("{error} "), widths.error));
        } else {
            let message = kubelet::record(&entry.message).message;
            spans.push(ctx.left(role, format!("{} ", first_line(message)), widths.call + widths.error));
        }
        spans.push(ctx.right(role, format!("{}{}", ctx.glyphs.times, text::count(entry.lines)), widths.count));
        if widths.retry > 0 {
            spans.push(ctx.left(StyleRole::Busy, retry_in(entry, self.now), widths.retry));
        }
        Line::from(spans)
    }
}

/// The first line of a message, which names its subject.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// Time until the next attempt, if the newest line announced one: `in 4.8 s`; else nothing.
fn retry_in(entry: &JournalEntry, now: Time) -> String {
    match due(entry, now) {
        Some(wait) if wait > Duration::zero() => format!("  in {}", text::wait(wait)),
        Some(wait) if wait > Duration::seconds(-2) => "  now".to_owned(),
        _ => String::new(),
    }
}

/// Time until the attempt that the newest line of the entry announced; negative if it is over. `None` if it announced
/// none.
fn due(entry: &JournalEntry, now: Time) -> Option<Duration> {
    Some(entry.last + entry.retry_in? - now)
}
