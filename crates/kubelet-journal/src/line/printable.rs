//! Journal text made safe to show.
//!
//! A journal is written by strangers: control characters would act on the terminal, bidirectional marks would reverse
//! parts of a line. Each becomes a visible symbol; nothing is removed, and text without any of them is not copied.

use std::borrow::Cow;

/// Replaces every character that could act on a terminal with a visible one.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.char_indices().find(|(_, c)| symbol(*c).is_some()) {
        None => Cow::Borrowed(text),
        Some((first, _)) => {
            let mut shown = String::with_capacity(text.len() + 8);
            shown.push_str(&text[..first]);
            shown.extend(text[first..].chars().map(|c| symbol(c).unwrap_or(c)));
            Cow::Owned(shown)
        }
    }
}

/// Returns the symbol for a character that must not reach a terminal; `None` if the character may.
fn symbol(c: char) -> Option<char> {
    match c {
        // the pictures of the ASCII controls (U+2400) are in the order of the controls
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' => Some('\u{fffd}'),
        // bidirectional controls, zero-width marks, line separators, tags, and the byte order mark
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => Some('\u{fffd}'),
        '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
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
