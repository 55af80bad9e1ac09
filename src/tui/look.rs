//! What every pane needs to draw: symbols, colours, language and zone; and the few ways in which text reaches the
//! buffer.
//!
//! A piece of text becomes a span only here, and is made safe on the way.

use chrono::{Duration, FixedOffset};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget as _,
};

use super::{
    captions::Language,
    glyphs::{Charset, Glyphs},
    model::Appearance,
    text,
    theme::{self, ThemeName, Tint},
};
use crate::{observation::Time, world::Freshness};

/// Symbols, colours, language and zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    theme: ThemeName,
    pub(crate) glyphs: &'static Glyphs,
    pub(crate) language: Language,
    pub(crate) zone: FixedOffset,
}

impl Look {
    /// The look of an appearance. ASCII has no Korean.
    pub(crate) fn new(appearance: &Appearance) -> Self {
        let language = match appearance.charset {
            Charset::Unicode => appearance.language,
            Charset::Ascii => Language::En,
        };
        Self { theme: appearance.theme, glyphs: appearance.charset.glyphs(), language, zone: appearance.zone }
    }

    /// The style of a tint.
    pub(crate) fn style(&self, tint: Tint) -> Style {
        theme::style(self.theme, tint)
    }

    /// A piece of text.
    pub(crate) fn span(&self, tint: Tint, text: impl AsRef<str>) -> Span<'static> {
        Span::styled(text::safe(text.as_ref()).into_owned(), self.style(tint))
    }

    /// A piece of text in exactly `columns`, to the left.
    pub(crate) fn left(&self, tint: Tint, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        Span::styled(text::left(&text::safe(text.as_ref()), columns, self.glyphs.ellipsis), self.style(tint))
    }

    /// A piece of text in exactly `columns`, to the right.
    pub(crate) fn right(&self, tint: Tint, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        Span::styled(text::right(&text::safe(text.as_ref()), columns, self.glyphs.ellipsis), self.style(tint))
    }

    /// A piece of text in at most `columns`.
    pub(crate) fn fit(&self, tint: Tint, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        let safe = text::safe(text.as_ref());
        Span::styled(text::fit(&safe, columns, self.glyphs.ellipsis).into_owned(), self.style(tint))
    }

    /// A text over several lines.
    pub(crate) fn wrapped(&self, tint: Tint, text: impl AsRef<str>, columns: usize) -> Vec<Line<'static>> {
        let style = self.style(tint);
        text::wrap(&text::safe(text.as_ref()), columns).into_iter().map(|line| Line::styled(line, style)).collect()
    }

    /// A time of the day.
    pub(crate) fn time(&self, time: Time) -> String {
        text::time_of_day(time, self.zone)
    }

    /// Symbol and tint of a freshness.
    pub(crate) fn freshness_symbol(&self, freshness: Freshness) -> (&'static str, Tint) {
        match freshness {
            Freshness::Live => (self.glyphs.live, Tint::Good),
            Freshness::Stale { .. } => (self.glyphs.stale, Tint::Stale),
            Freshness::Down { .. } => (self.glyphs.down, Tint::Bad),
            Freshness::Unknown => (self.glyphs.unknown, Tint::Unknown),
        }
    }

    /// Symbol, word and age of a freshness: all that a title says of it.
    pub(crate) fn freshness(&self, freshness: Freshness, now: Time) -> Span<'static> {
        let (symbol, tint) = self.freshness_symbol(freshness);
        let word = freshness.word();
        match freshness.since() {
            Some(since) => self.span(tint, format!("{symbol} {word} {}", text::age(now - since))),
            None => self.span(tint, format!("{symbol} {word}")),
        }
    }
}

/// A stack of rows in an area, from the top down. What finds no room is not drawn.
pub(crate) struct Rows<'a> {
    area: Rect,
    used: u16,
    buf: &'a mut Buffer,
}

impl<'a> Rows<'a> {
    /// An empty stack.
    pub(crate) fn new(area: Rect, buf: &'a mut Buffer) -> Self {
        Self { area: area.intersection(buf.area), used: 0, buf }
    }

    /// Columns of a row.
    pub(crate) fn columns(&self) -> usize {
        usize::from(self.area.width)
    }

    /// Rows that are left.
    pub(crate) fn left(&self) -> usize {
        usize::from(self.area.height - self.used)
    }

    /// Puts one row.
    pub(crate) fn put<'l>(&mut self, line: impl Into<Line<'l>>) {
        let Some(area) = self.next() else { return };
        line.into().render(area, self.buf);
    }

    /// Puts one row with a style behind all of it.
    pub(crate) fn put_over<'l>(&mut self, line: impl Into<Line<'l>>, style: Style) {
        let Some(area) = self.next() else { return };
        line.into().render(area, self.buf);
        self.buf.set_style(area, style);
    }

    /// Puts several rows.
    pub(crate) fn put_all<'l>(&mut self, lines: impl IntoIterator<Item = Line<'l>>) {
        for line in lines {
            self.put(line);
        }
    }

    /// Takes the next row for something else.
    pub(crate) fn next(&mut self) -> Option<Rect> {
        (self.left() > 0).then(|| {
            let area = Rect { y: self.area.y + self.used, height: 1, ..self.area };
            self.used += 1;
            area
        })
    }

    /// Takes all rows that are left.
    pub(crate) fn rest(&mut self) -> (Rect, &mut Buffer) {
        let area = Rect { y: self.area.y + self.used, height: self.area.height - self.used, ..self.area };
        self.used = self.area.height;
        (area, self.buf)
    }
}

/// How long ago something was, never negative.
pub(crate) fn ago(now: Time, then: Time) -> Duration {
    (now - then).max(Duration::zero())
}
