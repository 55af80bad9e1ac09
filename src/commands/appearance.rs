//! The appearance of the dashboard, from the arguments and the environment.

use blackout::{cli::AppearanceArgs, clock, tui};

use super::locale;

/// `NO_COLOR` overrides the theme, and a locale other than UTF-8 selects the ASCII symbols.
pub(super) fn appearance(args: &AppearanceArgs) -> tui::Appearance {
    let no_color = anstyle_query::no_color();
    tui::Appearance {
        theme: if no_color { tui::ThemeName::Plain } else { args.theme },
        charset: if args.ascii || !locale::is_utf8() { tui::Charset::Ascii } else { tui::Charset::Unicode },
        language: args.language,
        zone: clock::local_offset(),
        no_color,
    }
}
