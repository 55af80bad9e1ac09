//! Colours by what they mean. A colour only repeats what a word and a symbol already say, so the plain theme loses
//! nothing but looks.
//!
//! No pane names a colour; it names a [`StyleRole`]. The background is the terminal's own in every theme.

use ratatui::style::{Color, Modifier, Style};

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ThemeName {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Blue and orange in place of green and red; for a dark background.
    #[value(name = "color-blind", alias = "colour-blind")]
    ColourBlind,
    /// No colour at all: bold, dim, underlined and reversed only.
    #[value(name = "none")]
    Plain,
}

impl ThemeName {
    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::ColourBlind,
            Self::ColourBlind => Self::Plain,
            Self::Plain => Self::Dark,
        }
    }

    /// Its name, for a person.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind",
            Self::Plain => "no colours",
        }
    }
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StyleRole {
    /// Plain text.
    Text,
    /// Of less weight: other lines of a journal, separators.
    Dim,
    /// Of more weight.
    Strong,
    /// The frame of a pane.
    Frame,
    /// The frame of the pane that has the keys.
    Focus,
    /// It works.
    Good,
    /// It is on its way.
    Busy,
    /// It is down.
    Bad,
    /// Nobody can say.
    Unknown,
    /// It was so once.
    Stale,
    /// A key.
    Key,
    /// The row under the cursor.
    Cursor,
}

/// The style of a tint in a theme.
pub(crate) fn style(theme: ThemeName, role: StyleRole) -> Style {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let dim = plain.add_modifier(Modifier::DIM);
    match role {
        StyleRole::Text => return plain,
        StyleRole::Strong => return bold,
        StyleRole::Cursor => return plain.add_modifier(Modifier::REVERSED),
        StyleRole::Dim | StyleRole::Frame if theme == ThemeName::Plain => return dim,
        _ => {}
    }
    if theme == ThemeName::Plain {
        return match role {
            StyleRole::Stale | StyleRole::Unknown => plain.add_modifier(Modifier::ITALIC),
            StyleRole::Bad => bold.add_modifier(Modifier::UNDERLINED),
            _ => bold,
        };
    }
    let colour = colour(theme, role);
    match role {
        StyleRole::Dim | StyleRole::Frame => plain.fg(colour),
        StyleRole::Stale | StyleRole::Unknown => plain.fg(colour).add_modifier(Modifier::ITALIC),
        _ => bold.fg(colour),
    }
}

fn colour(theme: ThemeName, role: StyleRole) -> Color {
    // fixed entries of the 256-colour cube: a terminal's own sixteen may be anything
    let [grey, frame, focus, good, busy, bad, unknown, stale, key] = match theme {
        ThemeName::Dark => [245, 240, 51, 84, 221, 203, 141, 179, 117],
        ThemeName::Light => [242, 248, 25, 28, 94, 160, 91, 130, 25],
        ThemeName::ColourBlind | ThemeName::Plain => [245, 240, 231, 75, 229, 208, 183, 180, 153],
    };
    Color::Indexed(match role {
        StyleRole::Dim => grey,
        StyleRole::Frame => frame,
        StyleRole::Focus => focus,
        StyleRole::Good => good,
        StyleRole::Busy => busy,
        StyleRole::Bad => bad,
        StyleRole::Unknown => unknown,
        StyleRole::Stale => stale,
        StyleRole::Text | StyleRole::Strong | StyleRole::Cursor | StyleRole::Key => key,
    })
}
