//! Journal text made safe to show.
//!
//! A journal is written by strangers: control characters would act on the terminal, bidirectional marks would reverse
//! parts of a line. Each becomes a visible symbol; nothing is removed, and text without any of them is not copied.

use std::borrow::Cow;

/// Replaces every character that could act on a terminal with a visible one.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.char_indices().find(|(_, c)| visible_symbol(*c).is_some()) {
        None => Cow::Borrowed(text),
        Some((first, _)) => {
            let mut shown = String::with_capacity(text.len() + 8);
            shown.push_str(&text[..first]);
            shown.extend(text[first..].chars().map(|c| visible_symbol(c).unwrap_or(c)));
            Cow::Owned(shown)
        }
    }
}

/// Returns the symbol for a character that must not reach a terminal; `None` if the character may.
///
/// Besides the controls these are the bidirectional marks and what Unicode calls `Default_Ignorable_Code_Point`
/// (DerivedCoreProperties.txt, version 17), but for the variation selectors that follow an emoji.
#[must_use]
pub fn visible_symbol(c: char) -> Option<char> {
    match c {
        ' '..='~' => None,
        // the pictures of the ASCII controls (U+2400) are in the order of the controls
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn clean_text_is_not_copied() {
        assert!(matches!(printable("dial tcp 10.0.0.1:6443 — größer 日本"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn escape_sequences_and_bidirectional_marks_become_visible() {
        assert_eq!(printable("a\u{1b}[2Jb\tc\u{7f}\u{9b}31m\u{202e}x"), "a␛[2Jb␉c␡\u{fffd}31m\u{fffd}x");
    }
}
