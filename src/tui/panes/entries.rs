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
    kubelet::{self, Symptom},
    observation::Time,
    tui::{
        captions, fresh,
        layout::Framing,
        look::{Look, Rows},
        model::Place,
        text,
        theme::Tint,
        update::{anchors, matching, position},
    },
    world::{JournalEntry, World},
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
    doing: usize,
    cause: usize,
    count: usize,
    next: usize,
}

impl Widths {
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
                let shown = anchors(&self.world.journal, self.filter);
                let row = position(&shown, cursor) + 1;
                self.look.span(Tint::Busy, format!("{filter}entry {row} of {}, place held, Home follows", shown.len()))
            }
        }
    }

    /// Draws it; where `heads`, under the names of its columns, or under what is wrong with a journal.
    pub(super) fn render(&self, area: Rect, heads: bool, buf: &mut Buffer) {
        let look = &self.look;
        let mut rows = Rows::new(area, buf);
        let columns = rows.columns();
        let widths = Widths::of(columns, self.longest_name());
        let trouble = fresh::journals(self.world).trouble;
        match trouble {
            Some(error) if heads => rows.put(look.fit(Tint::Busy, error, columns)),
            _ if heads => rows.put(self.heads(&widths)),
            _ => {}
        }
        let (skip, cursor) = match self.place {
            Place::Follow => (0, None),
            Place::At { top, cursor } => {
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
                true => rows.put_over(line, look.style(Tint::Cursor)),
                false => rows.put(line),
            }
        }
        if !any && self.framing == Framing::Boxed {
            let (tint, why) = match (self.world.journal.is_empty(), trouble) {
                (true, Some(error)) => (Tint::Busy, error.to_owned()),
                (true, None) => (Tint::Dim, captions::EMPTY_LIST.say(look.language).to_owned()),
                (false, _) => (Tint::Dim, format!("No entry holds \"{}\". Esc clears the filter.", self.filter)),
            };
            rows.put_all(look.wrapped(tint, why, columns));
        }
    }

    fn longest_name(&self) -> usize {
        let workers = self.world.cluster.iter().flat_map(|known| known.workers());
        workers.map(|node| text::short_name(&node.name, cluster(self.world)).chars().count()).max().unwrap_or_default()
    }

    fn heads(&self, widths: &Widths) -> Line<'static> {
        let dim = |text: &str, columns: usize| self.look.left(Tint::Dim, text, columns);
        Line::from(vec![
            dim("time", widths.time),
            dim("worker", widths.worker),
            dim("doing what", widths.doing),
            dim("why it failed", widths.cause),
            self.look.right(Tint::Dim, "lines", widths.count),
            dim("  next try", widths.next),
        ])
    }

    fn row(&self, entry: &JournalEntry, widths: &Widths) -> Line<'static> {
        let look = &self.look;
        let worker = text::short_name(&entry.worker, cluster(self.world));
        let tint = if entry.control_plane { Tint::Text } else { Tint::Dim };
        let mut spans = vec![
            look.left(Tint::Dim, look.time(entry.first), widths.time),
            look.left(tint, format!("{worker} "), widths.worker),
        ];
        if entry.control_plane {
            let doing = match &entry.resource {
                Some(resource) => format!("{} {resource} ", entry.activity),
                None => format!("{} ", entry.activity),
            };
            let cause = captions::cause(entry.symptom).say(look.language);
            let weight = if entry.symptom == Symptom::None { Tint::Text } else { Tint::Bad };
            spans.push(look.left(Tint::Strong, doing, widths.doing));
            spans.push(look.left(weight, format!("{cause} "), widths.cause));
        } else {
            let words = kubelet::record(&entry.message).message;
            spans.push(look.left(tint, format!("{} ", first_line(words)), widths.doing + widths.cause));
        }
        spans.push(look.right(tint, format!("{}{}", look.glyphs.times, text::count(entry.lines)), widths.count));
        if widths.next > 0 {
            spans.push(look.left(Tint::Busy, next_try(entry, self.now), widths.next));
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
