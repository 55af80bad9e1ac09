//! The folded list of what the kubelets wrote, newest first: when, who, doing what, for what, why it failed, how often,
//! and when it is tried again.

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

/// The list.
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

/// Columns of the parts of a row; a part of no columns is left out.
struct EntryColumns {
    time: usize,
    worker: usize,
    doing: usize,
    cause: usize,
    count: usize,
    next: usize,
}

impl EntryColumns {
    /// `name`: the longest worker's.
    fn of(columns: usize, name: usize) -> Self {
        let time = if columns >= 48 { 9 } else { 0 };
        let (worker, count) = ((name + 1).clamp(8, if columns >= 60 { 13 } else { 8 }), 5);
        let next = if columns >= 60 { 12 } else { 0 };
        let room = columns.saturating_sub(time + worker + count + next);
        let doing = room.saturating_sub(19).min(44);
        Self { time, worker, doing, cause: room - doing, count, next }
    }
}

impl EntryList<'_> {
    /// What the list shows, for the frame: where it stands, and what the filter is.
    pub(super) fn status(&self, height: usize) -> Span<'static> {
        let all = self.world.journal.len();
        let filter = if self.filter.is_empty() { String::new() } else { format!("filter \"{}\"  ", self.filter) };
        match self.position {
            ListPosition::Follow if filter.is_empty() && all <= height => {
                self.ctx.span(StyleRole::Dim, format!("{all} entries"))
            }
            ListPosition::Follow => {
                let shown = if filter.is_empty() { all } else { matching(&self.world.journal, self.filter).count() };
                self.ctx.span(StyleRole::Dim, format!("{filter}{shown} entries, newest on top"))
            }
            ListPosition::At { cursor, .. } => {
                let shown = anchors(&self.world.journal, self.filter);
                let row = position(&shown, cursor) + 1;
                self.ctx
                    .span(StyleRole::Busy, format!("{filter}entry {row} of {}, place held, Home follows", shown.len()))
            }
        }
    }

    /// Draws it; where `heads`, under the names of its columns, or under what is wrong with a journal.
    pub(super) fn render(&self, area: Rect, heads: bool, buf: &mut Buffer) {
        let ctx = &self.ctx;
        let mut rows = Rows::new(area, buf);
        let columns = rows.columns();
        let widths = EntryColumns::of(columns, self.longest_name());
        let trouble = source_freshness::journals(self.world).trouble;
        match trouble {
            Some(error) if heads => rows.put(ctx.fit(StyleRole::Busy, error, columns)),
            _ if heads => rows.put(self.heads(&widths)),
            _ => {}
        }
        let (skip, cursor) = match self.position {
            ListPosition::Follow => (0, None),
            ListPosition::At { top, cursor } => {
                let shown = anchors(&self.world.journal, self.filter);
                // the last page stays full where entries have left
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
            let (role, why) = match (self.world.journal.is_empty(), trouble) {
                (true, Some(error)) => (StyleRole::Busy, error.to_owned()),
                (true, None) => (StyleRole::Dim, captions::NO_ENTRIES.text(ctx.language).to_owned()),
                (false, _) => (StyleRole::Dim, format!("No entry holds \"{}\". Esc clears the filter.", self.filter)),
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

    fn heads(&self, widths: &EntryColumns) -> Line<'static> {
        let dim = |text: &str, columns: usize| self.ctx.left(StyleRole::Dim, text, columns);
        Line::from(vec![
            dim("time", widths.time),
            dim("worker", widths.worker),
            dim("doing what", widths.doing),
            dim("why it failed", widths.cause),
            self.ctx.right(StyleRole::Dim, "lines", widths.count),
            dim("  next try", widths.next),
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
            let doing = match &entry.resource {
                Some(resource) => format!("{} {resource} ", entry.activity),
                None => format!("{} ", entry.activity),
            };
            let cause = captions::error(entry.symptom).text(ctx.language);
            let weight = if entry.symptom == Symptom::None { StyleRole::Text } else { StyleRole::Bad };
            spans.push(ctx.left(StyleRole::Strong, doing, widths.doing));
            spans.push(ctx.left(weight, format!("{cause} "), widths.cause));
        } else {
            let words = kubelet::record(&entry.message).message;
            spans.push(ctx.left(role, format!("{} ", first_line(words)), widths.doing + widths.cause));
        }
        spans.push(ctx.right(role, format!("{}{}", ctx.glyphs.times, text::count(entry.lines)), widths.count));
        if widths.next > 0 {
            spans.push(ctx.left(StyleRole::Busy, next_try(entry, self.now), widths.next));
        }
        Line::from(spans)
    }
}

/// A message of several lines has its subject in the first.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// When the next try is due, where the line announced it.
fn next_try(entry: &JournalEntry, now: Time) -> String {
    match due(entry, now) {
        Some(wait) if wait > Duration::zero() => format!("  next {}", text::wait(wait)),
        Some(wait) if wait > Duration::seconds(-2) => "  next: now".to_owned(),
        _ => String::new(),
    }
}

/// The wait until the try that the entry's newest line announced; negative where that time is over.
fn due(entry: &JournalEntry, now: Time) -> Option<Duration> {
    Some(entry.last + entry.retry_in? - now)
}
