//! Text and JSON on their way out of the program, outside the dashboard: to standard output, standard error and files.
//!
//! A name, an error or a line of a journal may hold characters that drive a terminal, turn the reading direction or
//! cannot be seen. In text each becomes a visible symbol ([`printable`]), in JSON the escape `\uXXXX`, so that the
//! value stays what it was. [`Clean`] does so with everything that is written through it; a single value that must stay
//! on its line passes [`printable`] before.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

pub use crate::kubelet::printable;
use crate::kubelet::visible_symbol;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text for a person. Line ends and tabs stay: the program writes them.
    Text,
    /// JSON. Its syntax is ASCII, so everything else is inside a string and may be escaped there.
    Json,
}

/// A writer that lets no character through that acts on a terminal or hides. Escape sequences of the program itself
/// would not pass either.
#[derive(Debug)]
pub struct Clean<W> {
    out: W,
    form: Form,
    /// The first bytes of a character whose others were not written yet.
    partial: Vec<u8>,
}

/// Cleans text.
pub fn text<W: Write>(out: W) -> Clean<W> {
    Clean { out, form: Form::Text, partial: Vec::new() }
}

/// Cleans JSON, compact or pretty. Reading it gives the same values.
pub fn json<W: Write>(out: W) -> Clean<W> {
    Clean { out, form: Form::Json, partial: Vec::new() }
}

/// A text of several lines, made visible but for its line ends and tabs.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    Form::Text.clean(text)
}

impl Form {
    /// Whether a byte needs no look at its character.
    fn passes(self, byte: u8) -> bool {
        match self {
            Self::Text => matches!(byte, b' '..=b'~' | b'\n' | b'\t'),
            // a control character in a string was escaped by the serializer
            Self::Json => byte < 0x7f,
        }
    }

    /// How many bytes pass before the first that needs a look.
    fn plain(self, bytes: &[u8]) -> usize {
        // most blocks of JSON are all plain, and these two searches are vectorized
        if self == Self::Json && bytes.is_ascii() && memchr::memchr(0x7f, bytes).is_none() {
            return bytes.len();
        }
        bytes.iter().position(|byte| !self.passes(*byte)).unwrap_or(bytes.len())
    }

    fn is_unsafe(self, c: char) -> bool {
        if c.is_ascii() { !self.passes(c as u8) } else { visible_symbol(c).is_some() }
    }

    fn clean(self, text: &str) -> Cow<'_, str> {
        let Some(first) = text.find(|c| self.is_unsafe(c)) else { return Cow::Borrowed(text) };
        let mut cleaned = String::with_capacity(text.len() + 16);
        cleaned.push_str(&text[..first]);
        for c in text[first..].chars() {
            match self {
                _ if !self.is_unsafe(c) => cleaned.push(c),
                Self::Text => cleaned.push(visible_symbol(c).unwrap_or(char::REPLACEMENT_CHARACTER)),
                Self::Json => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // a String takes everything
                        let _infallible = write!(cleaned, "\\u{unit:04x}");
                    }
                }
            }
        }
        Cow::Owned(cleaned)
    }
}

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.partial.is_empty() {
            let plain = self.form.plain(bytes);
            if plain > 0 {
                return self.out.write(&bytes[..plain]);
            }
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(bytes);
        let end = whole_characters(&whole);
        self.partial = whole.split_off(end);
        self.out.write_all(self.form.clean(&String::from_utf8_lossy(&whole)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Where the last character begins if its end has not come, else the length.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let start = bytes[tail..].iter().rposition(|byte| *byte >= 0xc0).map_or(bytes.len(), |at| tail + at);
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => start,
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTILE: &str = "a\u{1b}]52;c;eA==\u{7}\u{9b}2J\u{7f}\u{202e}b\u{200b}\u{ad}\u{e0041} 日本 é\n";

    fn through(mut writer: Clean<Vec<u8>>, text: &str, size: usize) -> String {
        text.as_bytes().chunks(size).for_each(|chunk| writer.write_all(chunk).unwrap());
        String::from_utf8(writer.out).unwrap()
    }

    #[test]
    fn text_shows_what_would_act_and_keeps_its_lines() {
        let shown = through(text(Vec::new()), HOSTILE, usize::MAX);
        assert_eq!(shown, "a␛]52;c;eA==␇\u{fffd}2J␡\u{fffd}b\u{fffd}\u{fffd}\u{fffd} 日本 é\n");
        assert_eq!(lines(HOSTILE), shown);
    }

    #[test]
    fn json_keeps_its_values() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "plain", 1.5] });
        for written in [serde_json::to_string(&value), serde_json::to_string_pretty(&value)] {
            let written = through(json(Vec::new()), &written.unwrap(), 5);
            assert!(!written.chars().any(|c| c != '\n' && visible_symbol(c).is_some()), "{written}");
            assert!(written.contains("\\udb40\\udc41") && written.contains("日本"), "{written}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), value);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn where_it_is_cut_makes_no_difference(
            characters in proptest::collection::vec(any::<char>(), 0..40),
            size in 1usize..9,
        ) {
            let whole: String = characters.into_iter().chain(['.']).collect();
            prop_assert_eq!(through(super::text(Vec::new()), &whole, size), lines(&whole));
        }
    }
}
