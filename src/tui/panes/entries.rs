//! The folded list of what the kubelets wrote, newest first: when, who, doing what, for what, why it failed, how often,
//! and when it is tried again.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::cluster;
use crate::{
    observation::Time,
    tui::{
        captions,
        layout::Framing,
        look::{Look, Rows},
        model::Place,
        text,
        theme::Tint,
        update::{matching, position},
    },
    world::{Entry, World},
};

/// The list.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    pub(super) world: &'a World,
    pub(super) now: Time,
    pub(super) look: Look,
    pub(super) place: Place,
    pub(super) filter: &'a str,
    pub(super) focused: bool,
    pub(super) framing: Framing,
}

/// Columns of the parts of a row; a part of no columns is left out.
struct Widths {
    time: usize,
    worker: usize,
    activity: usize,
    resource: usize,
    cause: usize,
    count: usize,
    next: usize,
}

impl Widths {
    fn of(columns: usize) -> Self {
        let (time, worker, activity, count) = (9, 9, 13, 5);
        let next = if columns >= 66 { 12 } else { 0 };
        if columns < 48 {
            // who and why are all that there is room for
            let cause = columns.saturating_sub(time + worker + count + 1);
            return Self { time, worker, activity: 0, resource: 0, cause, count, next: 0 };
        }
        let room = columns.saturating_sub(time + worker + activity + count + next + 1);
        let resource = if room >= 30 { (room - 20).min(40) } else { 0 };
        Self { time, worker, activity, resource, cause: room - resource, count, next }
    }
}

impl Entries<'_> {
    /// What the list shows, for the frame: where it stands, and what the filter is.
    pub(super) fn status(&self, height: usize) -> Span<'static> {
        let all = self.world.journal.len();
        let filter = if self.filter.is_empty() { String::new() } else { format!("filter \"{}\"  ", self.filter) };
        match self.place {
            Place::Follow if filter.is_empty() && all <= height => self.look.span(Tint::Dim, format!("{all} entries")),
            Place::Follow => {
                let shown = if filter.is_empty() { all } else { matching(&self.world.journal, self.filter).count() };
                self.look.span(Tint::Dim, format!("{filter}{shown} entries, newest on top"))
            }
            Place::At { cursor, .. } => {
                let ids = self.ids();
                let row = position(&ids, cursor) + 1;
                self.look.span(Tint::Busy, format!("{filter}entry {row} of {}, place held, Home follows", ids.len()))
            }
        }
    }

    fn ids(&self) -> Vec<u64> {
        matching(&self.world.journal, self.filter).map(|entry| entry.id).collect()
    }

    /// Draws it, with the names of the columns where `heads`.
    pub(super) fn render(&self, area: Rect, heads: bool, buf: &mut Buffer) {
        let look = &self.look;
        let mut rows = Rows::new(area, buf);
        let columns = rows.columns();
        let widths = Widths::of(columns);
        if heads {
            rows.put(self.heads(&widths));
        }
        let (skip, cursor) = match self.place {
            Place::Follow => (0, None),
            Place::At { top, cursor } => {
                let ids = self.ids();
                // the last page stays full where entries have left
                let most = ids.len().saturating_sub(rows.left());
                (position(&ids, top).min(most), ids.get(position(&ids, cursor)).copied())
            }
        };
        let mut any = false;
        for entry in matching(&self.world.journal, self.filter).skip(skip).take(rows.left()) {
            any = true;
            let line = self.row(entry, &widths);
            match cursor == Some(entry.id) && self.focused {
                true => rows.put_over(line, look.style(Tint::Cursor)),
                false => rows.put(line),
            }
        }
        if !any && self.framing == Framing::Boxed {
            let why = if self.world.journal.is_empty() {
                captions::EMPTY_LIST.say(look.language).to_owned()
            } else {
                format!("No entry holds \"{}\". Esc clears the filter.", self.filter)
            };
            rows.put_all(look.wrapped(Tint::Dim, why, columns));
        }
    }

    fn heads(&self, widths: &Widths) -> Line<'static> {
        let dim = |text: &str, columns: usize| self.look.left(Tint::Dim, text, columns);
        Line::from(vec![
            dim("time", widths.time),
            dim("worker", widths.worker),
            dim("doing", widths.activity),
            dim("what", widths.resource),
            dim("why it failed", widths.cause),
            self.look.right(Tint::Dim, "lines", widths.count),
            dim("  next try", widths.next),
        ])
    }

    fn row(&self, entry: &Entry, widths: &Widths) -> Line<'static> {
        let look = &self.look;
        let (tint, strong) = if entry.control_plane { (Tint::Text, Tint::Bad) } else { (Tint::Dim, Tint::Dim) };
        let worker = text::short_name(&entry.worker, cluster(self.world));
        let mut spans = vec![
            look.left(Tint::Dim, look.time(entry.first), widths.time),
            look.left(tint, format!("{worker} "), widths.worker),
        ];
        let count = look.right(tint, format!("{}{}", look.glyphs.times, text::count(entry.lines)), widths.count);
        if !entry.control_plane {
            let room = widths.activity + widths.resource + widths.cause;
            spans.push(look.left(tint, format!("{} ", first_line(&entry.message)), room));
            spans.push(count);
            return Line::from(spans);
        }
        let resource = entry.resource.as_deref().unwrap_or(look.glyphs.none);
        if widths.activity > 0 {
            spans.push(look.left(Tint::Strong, entry.activity.as_str(), widths.activity));
        }
        if widths.resource > 0 {
            spans.push(look.left(tint, format!("{resource} "), widths.resource));
        }
        let cause = captions::cause(entry.symptom).say(look.language);
        let cause = match widths.activity {
            0 => format!("{} {cause} ", entry.activity),
            _ => format!("{cause} "),
        };
        spans.push(look.left(strong, cause, widths.cause));
        spans.push(count);
        if widths.next > 0 {
            spans.push(look.left(Tint::Busy, next_try(entry, self.now), widths.next));
        }
        Line::from(spans)
    }
}

/// A message without what is in front of its words: nobody reads a klog header from the back row.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// When the next try is due, where the line announced it.
fn next_try(entry: &Entry, now: Time) -> String {
    match due(entry, now) {
        Some(wait) if wait > Duration::zero() => format!("  next {}", text::wait(wait)),
        Some(wait) if wait > Duration::seconds(-2) => "  next: now".to_owned(),
        _ => String::new(),
    }
}

/// The wait until the try that the entry's newest line announced; negative where that time is over.
pub(crate) fn due(entry: &Entry, now: Time) -> Option<Duration> {
    Some(entry.last + entry.retry_in? - now)
}
