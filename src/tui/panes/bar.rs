//! The bar of a tape: where the playhead stands, when each lane was lit, the marks, and the outages.

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
        glyphs::Charset,
        look::Look,
        replay::{Landmark, Reel, Replay},
        theme::Tint,
    },
};

/// The bar of a tape.
#[derive(Debug)]
pub(crate) struct Bar<'a> {
    pub(crate) replay: &'a Replay,
    pub(crate) look: Look,
    pub(crate) charset: Charset,
    /// Whether the row has no other place for the keys that matter most.
    pub(crate) with_keys: bool,
}

/// What a cell of the line shows, from the least to the most telling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Calm,
    Outage,
    Lane,
    Mark,
    Head,
}

impl Spot {
    fn symbol(self, charset: Charset) -> (&'static str, Tint) {
        let unicode = charset == Charset::Unicode;
        let pick = |wide, ascii| if unicode { wide } else { ascii };
        match self {
            Self::Calm => (pick("─", "-"), Tint::Dim),
            Self::Outage => (pick("━", "="), Tint::Bad),
            Self::Lane => (pick("┿", "+"), Tint::Busy),
            Self::Mark => (pick("◆", "*"), Tint::Key),
            Self::Head => (pick("█", "O"), Tint::Focus),
        }
    }
}

impl Widget for Bar<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        let Self { replay, look, .. } = &self;
        let reel = &replay.reel;
        let unicode = self.charset == Charset::Unicode;
        let symbol = match (replay.playing, unicode) {
            (true, true) => "▶",
            (true, false) => ">",
            (false, true) => "▮▮",
            (false, false) => "||",
        };
        let speed = if (replay.speed - 1.0).abs() < 0.01 { String::new() } else { format!(" x{}", replay.speed) };
        let head = format!(" {symbol:<2} {}/{}{speed} ", tape_time(replay.at - reel.start), tape_time(reel.length()));
        let mut spans = vec![look.span(if replay.playing { Tint::Good } else { Tint::Busy }, head)];
        let mut tail = vec![Span::raw(" ")];
        let newest = reel.newest(replay.at).map(crate::tui::replay::Sight::name).unwrap_or_default();
        if self.with_keys {
            for (key, word) in [("?", "help"), ("q", "quit")] {
                tail.extend([look.span(Tint::Key, key), look.span(Tint::Text, format!(" {word} "))]);
            }
        } else if columns >= 100 {
            tail.push(look.left(Tint::Text, newest, 26));
        }
        let used: usize = spans.iter().chain(&tail).map(Span::width).sum();
        let room = columns.saturating_sub(used);
        if room >= 8 {
            spans.extend(line(replay, room).into_iter().map(|spot| {
                let (symbol, tint) = spot.symbol(self.charset);
                look.span(tint, symbol)
            }));
        }
        spans.extend(tail);
        Line::from(spans).render(area, buf);
    }
}

/// The line, cell by cell.
fn line(replay: &Replay, cells: usize) -> Vec<Spot> {
    let reel = &replay.reel;
    let mut spots = vec![Spot::Calm; cells];
    let mut put = |index: usize, spot: Spot| {
        if let Some(cell) = spots.get_mut(index) {
            *cell = spot.max(*cell);
        }
    };
    for (from, to) in &reel.outages {
        (cell(reel, *from, cells)..=cell(reel, *to, cells)).for_each(|index| put(index, Spot::Outage));
    }
    for sight in &reel.sights {
        match sight.landmark {
            Landmark::Lane(_) => put(cell(reel, sight.at, cells), Spot::Lane),
            Landmark::Mark(_) => put(cell(reel, sight.at, cells), Spot::Mark),
            Landmark::Began | Landmark::Ended => {}
        }
    }
    put(cell(reel, replay.at, cells), Spot::Head);
    spots
}

/// The cell of a moment.
fn cell(reel: &Reel, at: Time, cells: usize) -> usize {
    let length = reel.length().num_milliseconds().max(1) as f64;
    let passed = (at - reel.start).num_milliseconds().max(0) as f64;
    ((passed / length * (cells - 1) as f64).round() as usize).min(cells - 1)
}

/// `1:30`, `1:01:30`.
fn tape_time(time: Duration) -> String {
    let seconds = time.num_seconds().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}
