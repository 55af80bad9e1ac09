//! Everything a pane needs to draw text: theme, symbols, language and time zone.
//!
//! Text becomes a span only here, and is sanitized on the way.

use chrono::FixedOffset;
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{
    observation::Time,
    tui::{
        draw::{
            captions::Language,
            glyphs::{Charset, Glyphs},
            text,
            theme::{self, StyleRole, ThemeName},
        },
        model::appearance::Appearance,
    },
    world::Freshness,
};

/// Theme, symbols, language and time zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DrawContext {
    theme: ThemeName,
    pub(crate) glyphs: &'static Glyphs,
    pub(crate) language: Language,
    pub(crate) zone: FixedOffset,
}

impl DrawContext {
    /// The context of an appearance. Captions are English in ASCII, which has no Korean.
    pub(crate) fn new(appearance: &Appearance) -> Self {
        let language = match appearance.charset {
            Charset::Unicode => appearance.language,
            Charset::Ascii => Language::En,
        };
        Self { theme: appearance.theme, glyphs: appearance.charset.glyphs(), language, zone: appearance.zone }
    }

    /// The style of a role in this theme.
    pub(crate) fn style(&self, role: StyleRole) -> Style {
        theme::style(self.theme, role)
    }

    /// A span of text.
    pub(crate) fn span(&self, role: StyleRole, text: impl AsRef<str>) -> Span<'static> {
        Span::styled(text::safe(text.as_ref()).into_owned(), self.style(role))
    }

    /// A span of exactly `columns`, left-aligned, cut with an ellipsis.
    pub(crate) fn left(&self, role: StyleRole, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        Span::styled(text::left(&text::safe(text.as_ref()), columns, self.glyphs.ellipsis), self.style(role))
    }

    /// A span of exactly `columns`, right-aligned, cut with an ellipsis.
    pub(crate) fn right(&self, role: StyleRole, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        Span::styled(text::right(&text::safe(text.as_ref()), columns, self.glyphs.ellipsis), self.style(role))
    }

    /// A span of at most `columns`, cut with an ellipsis.
    pub(crate) fn fit(&self, role: StyleRole, text: impl AsRef<str>, columns: usize) -> Span<'static> {
        let safe = text::safe(text.as_ref());
        Span::styled(text::fit(&safe, columns, self.glyphs.ellipsis).into_owned(), self.style(role))
    }

    /// Lines of at most `columns`, wrapped between words.
    pub(crate) fn wrapped(&self, role: StyleRole, text: impl AsRef<str>, columns: usize) -> Vec<Line<'static>> {
        let style = self.style(role);
        text::wrap(&text::safe(text.as_ref()), columns).into_iter().map(|line| Line::styled(line, style)).collect()
    }

    /// A time of day in the time zone of the screen: `12:04:49`.
    pub(crate) fn time(&self, time: Time) -> String {
        text::time_of_day(time, self.zone)
    }

    /// Symbol and role of a freshness.
    pub(crate) fn freshness_symbol(&self, freshness: Freshness) -> (&'static str, StyleRole) {
        match freshness {
            Freshness::Live => (self.glyphs.live, StyleRole::Good),
            Freshness::Stale { .. } => (self.glyphs.stale, StyleRole::Stale),
            Freshness::Down { .. } => (self.glyphs.down, StyleRole::Bad),
            Freshness::Unknown => (self.glyphs.unknown, StyleRole::Unknown),
        }
    }

    /// Symbol, word and age of a freshness, for the title of a pane: `◇ STALE 1m42s`.
    pub(crate) fn freshness(&self, freshness: Freshness, now: Time) -> Span<'static> {
        let (symbol, role) = self.freshness_symbol(freshness);
        let word = freshness.word();
        match freshness.since() {
            Some(since) => self.span(role, format!("{symbol} {word} {}", text::duration(now - since))),
            None => self.span(role, format!("{symbol} {word}")),
        }
    }
}
