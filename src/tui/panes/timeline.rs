//! Timeline of a replay: playhead, outages, first readings of lanes, and marks.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::Time,
    tui::{
        draw::{draw_context::DrawContext, glyphs::Charset, theme::StyleRole},
        model::{
            replay_status::ReplayStatus,
            tape_outline::{Landmark, LandmarkKind, TapeOutline},
        },
    },
};

/// Arguments of the timeline.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    pub(crate) replay: &'a ReplayStatus,
    pub(crate) ctx: DrawContext,
    pub(crate) charset: Charset,
    /// Whether the row ends with the keys for help and quit, because it replaces the footer.
    pub(crate) with_keys: bool,
}

/// Content of one cell of the line, in ascending order of importance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TimelineCell {
    Idle,
    Outage,
    Lane,
    Mark,
    Head,
}

impl TimelineCell {
    fn symbol(self, charset: Charset) -> (&'static str, StyleRole) {
        let unicode = charset == Charset::Unicode;
        let pick = |wide, ascii| if unicode { wide } else { ascii };
        match self {
            Self::Idle => (pick("─", "-"), StyleRole::Dim),
            Self::Outage => (pick("━", "="), StyleRole::Bad),
            Self::Lane => (pick("┿", "+"), StyleRole::Busy),
            Self::Mark => (pick("◆", "*"), StyleRole::Key),
            Self::Head => (pick("█", "O"), StyleRole::Focus),
        }
    }
}

impl Widget for Timeline<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        let Self { replay, ctx, .. } = &self;
        let outline = &replay.outline;
        let unicode = self.charset == Charset::Unicode;
        let symbol = match (replay.playing, unicode) {
            (true, true) => "▶",
            (true, false) => ">",
            (false, true) => "▮▮",
            (false, false) => "||",
        };
        let speed = if (replay.speed - 1.0).abs() < 0.01 { String::new() } else { format!(" x{}", replay.speed) };
        let head =
            format!(" {symbol:<2} {}/{}{speed} ", tape_time(replay.at - outline.start), tape_time(outline.length()));
        let mut spans = vec![ctx.span(if replay.playing { StyleRole::Good } else { StyleRole::Busy }, head)];
        let mut tail = vec![Span::raw(" ")];
        let newest = outline.landmark_before(replay.at).map(Landmark::name).unwrap_or_default();
        if self.with_keys {
            for (key, word) in [("?", "help"), ("q", "quit")] {
                tail.extend([ctx.span(StyleRole::Key, key), ctx.span(StyleRole::Text, format!(" {word} "))]);
            }
        } else if columns >= 100 {
            tail.push(ctx.left(StyleRole::Text, newest, 26));
        }
        let used: usize = spans.iter().chain(&tail).map(Span::width).sum();
        let room = columns.saturating_sub(used);
        if room >= 8 {
            spans.extend(line(replay, room).into_iter().map(|spot| {
                let (symbol, role) = spot.symbol(self.charset);
                ctx.span(role, symbol)
            }));
        }
        spans.extend(tail);
        Line::from(spans).render(area, buf);
    }
}

/// The cells of the line; of several contents, the most important one is drawn.
fn line(replay: &ReplayStatus, cells: usize) -> Vec<TimelineCell> {
    let outline = &replay.outline;
    let mut spots = vec![TimelineCell::Idle; cells];
    let mut put = |index: usize, spot: TimelineCell| {
        if let Some(cell) = spots.get_mut(index) {
            *cell = spot.max(*cell);
        }
    };
    for (from, to) in &outline.outages {
        (cell(outline, *from, cells)..=cell(outline, *to, cells)).for_each(|index| put(index, TimelineCell::Outage));
    }
    for landmark in &outline.landmarks {
        match landmark.kind {
            LandmarkKind::Lane(_) => put(cell(outline, landmark.at, cells), TimelineCell::Lane),
            LandmarkKind::Mark(_) => put(cell(outline, landmark.at, cells), TimelineCell::Mark),
            LandmarkKind::Began | LandmarkKind::Ended => {}
        }
    }
    put(cell(outline, replay.at, cells), TimelineCell::Head);
    spots
}

/// Index of the cell of a moment.
fn cell(outline: &TapeOutline, at: Time, cells: usize) -> usize {
    let length = outline.length().num_milliseconds().max(1) as f64;
    let passed = (at - outline.start).num_milliseconds().max(0) as f64;
    ((passed / length * (cells - 1) as f64).round() as usize).min(cells - 1)
}

/// A position on the tape, as `--at` takes it: `1:30`, `1:01:30`.
fn tape_time(time: Duration) -> String {
    let seconds = time.num_seconds().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}
