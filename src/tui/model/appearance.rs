//! Colors, symbols, language and time zone of the screen.

use chrono::{FixedOffset, Offset as _, Utc};

use crate::tui::draw::{captions::Language, glyphs::Charset, theme::ThemeName};

/// Colors, symbols, language and time zone; set once, from the terminal and the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    /// Theme, which gives the colors.
    pub theme: ThemeName,
    /// Characters that may be drawn.
    pub charset: Charset,
    /// Language of the captions.
    pub language: Language,
    /// Time zone of times of day.
    pub zone: FixedOffset,
    /// Whether `NO_COLOR` is set: then the theme cannot be changed.
    pub no_color: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            charset: Charset::default(),
            language: Language::default(),
            zone: Utc.fix(),
            no_color: false,
        }
    }
}
