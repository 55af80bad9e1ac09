//! Symbols of the screen, as Unicode and as ASCII. Every symbol is one column wide in both sets.

use ratatui::symbols::{border, line};

/// Set of characters that the screen may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Box drawing, blocks and geometric shapes.
    #[default]
    Unicode,
    /// Nothing above U+007E; any other character is drawn as a question mark.
    Ascii,
}

/// One set of symbols.
#[derive(Debug)]
pub(crate) struct Glyphs {
    pub(crate) live: &'static str,
    pub(crate) retrying: &'static str,
    pub(crate) silent: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) down: &'static str,
    pub(crate) starting: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) missed: &'static str,
    pub(crate) bar: &'static str,
    pub(crate) bar_empty: &'static str,
    pub(crate) bar_ahead: &'static str,
    pub(crate) sparkline: [&'static str; 8],
    pub(crate) ellipsis: &'static str,
    pub(crate) to: &'static str,
    pub(crate) times: &'static str,
    pub(crate) dot: &'static str,
    pub(crate) none: &'static str,
    pub(crate) cursor: &'static str,
    pub(crate) frame: border::Set<'static>,
    pub(crate) focus: border::Set<'static>,
}

static UNICODE: Glyphs = Glyphs {
    live: "●",
    retrying: "◐",
    silent: "○",
    ended: "✕",
    stale: "◇",
    down: "■",
    starting: "◑",
    paused: "❄",
    unknown: "?",
    failed: "×",
    missed: "?",
    bar: "█",
    bar_empty: "░",
    bar_ahead: "·",
    sparkline: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    ellipsis: "…",
    to: "–",
    times: "×",
    dot: "·",
    none: "–",
    cursor: "▸",
    frame: border::Set {
        top_left: line::NORMAL.top_left,
        top_right: line::NORMAL.top_right,
        bottom_left: line::NORMAL.bottom_left,
        bottom_right: line::NORMAL.bottom_right,
        vertical_left: line::NORMAL.vertical,
        vertical_right: line::NORMAL.vertical,
        horizontal_top: line::NORMAL.horizontal,
        horizontal_bottom: line::NORMAL.horizontal,
    },
    focus: border::Set {
        top_left: line::THICK.top_left,
        top_right: line::THICK.top_right,
        bottom_left: line::THICK.bottom_left,
        bottom_right: line::THICK.bottom_right,
        vertical_left: line::THICK.vertical,
        vertical_right: line::THICK.vertical,
        horizontal_top: line::THICK.horizontal,
        horizontal_bottom: line::THICK.horizontal,
    },
};

static ASCII: Glyphs = Glyphs {
    live: "*",
    retrying: "o",
    silent: "-",
    ended: "x",
    stale: "~",
    down: "#",
    starting: ">",
    paused: "%",
    unknown: "?",
    failed: "x",
    missed: "?",
    bar: "#",
    bar_empty: ".",
    bar_ahead: " ",
    sparkline: ["_", "_", ".", "-", "-", "=", "=", "^"],
    ellipsis: "~",
    to: "-",
    times: "x",
    dot: "|",
    none: "-",
    cursor: ">",
    frame: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    focus: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "=",
        horizontal_bottom: "=",
    },
};

impl Charset {
    /// The symbols of this set.
    pub(crate) fn glyphs(self) -> &'static Glyphs {
        match self {
            Self::Unicode => &UNICODE,
            Self::Ascii => &ASCII,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    fn all(glyphs: &Glyphs) -> Vec<&'static str> {
        let Glyphs { live, retrying, silent, ended, stale, down, starting, paused, unknown, failed, missed, .. } =
            glyphs;
        let Glyphs { bar, bar_empty, bar_ahead, sparkline, ellipsis, to, times, dot, none, cursor, .. } = glyphs;
        let named = [
            live, retrying, silent, ended, stale, down, starting, paused, unknown, failed, missed, bar, bar_empty,
            bar_ahead, ellipsis, to, times, dot, none, cursor,
        ];
        named.into_iter().chain(sparkline).copied().collect()
    }

    #[test]
    fn every_symbol_is_one_column_wide() {
        for symbol in all(&UNICODE).into_iter().chain(all(&ASCII)) {
            assert_eq!(symbol.width(), 1, "{symbol:?}");
        }
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        assert!(all(&ASCII).iter().all(|symbol| symbol.is_ascii()));
    }
}
