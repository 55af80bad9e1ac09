//! Escapes text and JSON that leave the program outside the dashboard: standard output, standard error and files.
//!
//! A name, an error or a journal line may hold characters that control a terminal, change the reading direction or are
//! invisible. Text shows each as a visible symbol ([`printable`]); JSON escapes it as `\uXXXX`, which keeps the value.
//! [`CleanWriter`] escapes everything that is written through it, but lets line ends and tabs of text pass: a single
//! value that must stay on its line goes through [`printable`] first.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

pub use crate::kubelet::printable;
use crate::kubelet::visible_symbol;

/// Kind of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Text for a person, in which line ends and tabs are the program's own and stay.
    Text,
    /// JSON. Its syntax is ASCII, so that any other character is inside a string, where it may be escaped.
    Json,
}

/// Writer that escapes control and invisible characters, including escape sequences that the program itself writes.
#[derive(Debug)]
pub struct CleanWriter<W> {
    inner: W,
    encoding: Encoding,
    /// First bytes of a character whose end was not written yet.
    partial: Vec<u8>,
}

/// Creates a writer that escapes text.
pub fn text<W: Write>(inner: W) -> CleanWriter<W> {
    CleanWriter { inner, encoding: Encoding::Text, partial: Vec::new() }
}

/// Creates a writer that escapes JSON, compact or pretty, without changing its values.
pub fn json<W: Write>(inner: W) -> CleanWriter<W> {
    CleanWriter { inner, encoding: Encoding::Json, partial: Vec::new() }
}

/// Escapes a text of several lines, except its line ends and tabs.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    Encoding::Text.escape(text)
}

impl Encoding {
    /// Whether a byte is a whole character that needs no escape.
    fn passes(self, byte: u8) -> bool {
        match self {
            Self::Text => matches!(byte, b' '..=b'~' | b'\n' | b'\t'),
            // The serializer escaped the ASCII control characters in strings; those between are white space.
            Self::Json => byte < 0x7f,
        }
    }

    /// Number of bytes before the first that may need an escape.
    fn safe_prefix(self, bytes: &[u8]) -> usize {
        // Most blocks of JSON need no escape, and these two searches are vectorized.
        if self == Self::Json && bytes.is_ascii() && memchr::memchr(0x7f, bytes).is_none() {
            return bytes.len();
        }
        bytes.iter().position(|byte| !self.passes(*byte)).unwrap_or(bytes.len())
    }

    fn is_unsafe(self, c: char) -> bool {
        if c.is_ascii() { !self.passes(c as u8) } else { visible_symbol(c).is_some() }
    }

    fn escape(self, text: &str) -> Cow<'_, str> {
        let Some(first) = text.find(|c| self.is_unsafe(c)) else { return Cow::Borrowed(text) };
        let mut escaped = String::with_capacity(text.len() + 16);
        escaped.push_str(&text[..first]);
        for c in text[first..].chars() {
            match self {
                _ if !self.is_unsafe(c) => escaped.push(c),
                Self::Text => escaped.push(visible_symbol(c).unwrap_or(char::REPLACEMENT_CHARACTER)),
                Self::Json => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a String never fails.
                        let _infallible = write!(escaped, "\\u{unit:04x}");
                    }
                }
            }
        }
        Cow::Owned(escaped)
    }
}

impl<W: Write> Write for CleanWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.partial.is_empty() {
            let safe = self.encoding.safe_prefix(bytes);
            if safe > 0 {
                return self.inner.write(&bytes[..safe]);
            }
        }
        let mut pending = std::mem::take(&mut self.partial);
        pending.extend_from_slice(bytes);
        let end = complete_characters(&pending);
        self.partial = pending.split_off(end);
        self.inner.write_all(self.encoding.escape(&String::from_utf8_lossy(&pending)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Length of the prefix without a last character that is cut off.
fn complete_characters(bytes: &[u8]) -> usize {
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

    fn written_through(mut writer: CleanWriter<Vec<u8>>, text: &str, size: usize) -> String {
        text.as_bytes().chunks(size).for_each(|chunk| writer.write_all(chunk).unwrap());
        String::from_utf8(writer.inner).unwrap()
    }

    #[test]
    fn text_shows_control_characters_and_keeps_its_lines() {
        let shown = written_through(text(Vec::new()), HOSTILE, usize::MAX);
        assert_eq!(shown, "a␛]52;c;eA==␇\u{fffd}2J␡\u{fffd}b\u{fffd}\u{fffd}\u{fffd} 日本 é\n");
        assert_eq!(lines(HOSTILE), shown);
    }

    #[test]
    fn escaped_json_has_the_same_values() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "plain", 1.5] });
        for written in [serde_json::to_string(&value), serde_json::to_string_pretty(&value)] {
            let written = written_through(json(Vec::new()), &written.unwrap(), 5);
            assert!(!written.chars().any(|c| c != '\n' && visible_symbol(c).is_some()), "{written}");
            assert!(written.contains("\\udb40\\udc41") && written.contains("日本"), "{written}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), value);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn chunks_of_any_size_give_the_same_text(
            characters in proptest::collection::vec(any::<char>(), 0..40),
            size in 1usize..9,
        ) {
            let whole: String = characters.into_iter().chain(['.']).collect();
            prop_assert_eq!(written_through(super::text(Vec::new()), &whole, size), lines(&whole));
        }
    }
}
