//! Themes: the style of each role. A color only repeats what a word and a symbol say, so the plain theme loses no
//! information.
//!
//! No pane names a color; it names a [`StyleRole`]. The background is the terminal's own in every theme.

use ratatui::style::{Color, Modifier, Style};

/// Name of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ThemeName {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Blue and orange in place of green and red; for a dark background.
    #[value(name = "color-blind", alias = "colour-blind")]
    ColorBlind,
    /// No colors; bold, dim, underlined and reversed only.
    #[value(name = "none")]
    Plain,
}

impl ThemeName {
    /// The next theme; the first follows the last.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::ColorBlind,
            Self::ColorBlind => Self::Plain,
            Self::Plain => Self::Dark,
        }
    }

    /// Name of the theme, as shown on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColorBlind => "color-blind",
            Self::Plain => "no color",
        }
    }
}

/// Meaning of a piece of text, from which a theme derives its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StyleRole {
    /// Text of ordinary importance.
    Text,
    /// Less important text: labels, separators, entries about other things.
    Dim,
    /// Text of more importance.
    Strong,
    /// Frame of a pane.
    Frame,
    /// Frame of the focused pane, or of an overlay.
    Focus,
    /// Healthy, or answering as expected.
    Good,
    /// In transition: starting, stopping, retrying.
    Busy,
    /// Down, failed, or refused.
    Bad,
    /// Not known, for lack of data.
    Unknown,
    /// Known, but no longer current.
    Stale,
    /// Name of a key.
    Key,
    /// Row under the cursor.
    Cursor,
}

/// The style of a role in a theme.
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
    let color = color(theme, role);
    match role {
        StyleRole::Dim | StyleRole::Frame => plain.fg(color),
        StyleRole::Stale | StyleRole::Unknown => plain.fg(color).add_modifier(Modifier::ITALIC),
        _ => bold.fg(color),
    }
}

fn color(theme: ThemeName, role: StyleRole) -> Color {
    // entries of the fixed 256-color palette; the first sixteen depend on the terminal
    let [grey, frame, focus, good, busy, bad, unknown, stale, key] = match theme {
        ThemeName::Dark => [245, 240, 51, 84, 221, 203, 141, 179, 117],
        ThemeName::Light => [242, 248, 25, 28, 94, 160, 91, 130, 25],
        ThemeName::ColorBlind | ThemeName::Plain => [245, 240, 231, 75, 229, 208, 183, 180, 153],
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
