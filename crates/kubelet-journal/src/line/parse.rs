//! The dispatcher over the forms of a line; they are shown in `line.rs`.
//!
//! Any bytes give an entry; nothing panics, and at most [`LONGEST_LINE`] bytes of a line are kept.

use std::borrow::Cow;

use crate::line::entry::{Entry, LONGEST_LINE};
use crate::line::json_line::{self, JsonLine};
use crate::line::text_line::{self, TextLine};
use crate::scan::head;

/// Parses one line of a journal, with or without its line end.
///
/// Bytes that are not UTF-8 become U+FFFD. A line of no known form is an entry that has only a message.
#[must_use]
pub fn entry(line: &[u8]) -> Entry<'_> {
    match std::str::from_utf8(&line[..line.len().min(LONGEST_LINE)]) {
        Ok(text) => of_text(text),
        // the cut at the limit split a character, which is no damage
        Err(error) if error.error_len().is_none() => {
            let (whole, _) = line.split_at(error.valid_up_to());
            std::str::from_utf8(whole).map_or_else(|_| Entry::default(), of_text)
        }
        Err(_) => of_text(&String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)])).into_owned(),
    }
}

fn of_text(text: &str) -> Entry<'_> {
    let text = head(text, LONGEST_LINE).trim_end_matches(['\n', '\r', '\0']);
    if text.starts_with('{') { of_object(text) } else { unwrapped(text_line::parse(text)) }
}

/// Parses a JSON object; one of an unknown kind is a message.
fn of_object(text: &str) -> Entry<'_> {
    match json_line::parse(text) {
        None => Entry::of_message(text),
        Some(JsonLine::Journal(entry)) => entry,
        Some(JsonLine::Container { log, timestamp, host, partial }) => {
            let inner = match log {
                Cow::Borrowed(log) => unwrapped(text_line::parse_inner(log)),
                Cow::Owned(log) => unwrapped(text_line::parse_inner(&log)).into_owned(),
            };
            Entry { timestamp: inner.timestamp.or(timestamp), host: inner.host.or(host), partial, ..inner }
        }
    }
}

/// Parses the object inside of a text line, where there is one.
fn unwrapped(line: TextLine<'_>) -> Entry<'_> {
    match line {
        TextLine::Entry(entry) => entry,
        TextLine::Object { host, object, outer } => {
            let mut entry = of_object(object);
            entry.host = entry.host.or(Some(Cow::Borrowed(host)));
            if let Some((timestamp, partial)) = outer {
                entry.timestamp = entry.timestamp.or(Some(timestamp));
                entry.partial = partial;
            }
            entry
        }
    }
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn the_sample_lines_of_the_room_are_unwrapped_to_their_record_and_time() {
        let samples = include_str!("../line.rs").lines().skip_while(|line| *line != "//! ```text").skip(1);
        let mut forms = 0;
        for sample in samples.take_while(|line| *line != "//! ```") {
            let (form, sample) = sample["//! ".len()..].split_at("short-iso  ".len());
            let entry = entry(sample.as_bytes());
            assert!(entry.message.starts_with("E1228") && entry.timestamp.is_some(), "{form}: {entry:?}");
            forms += 1;
        }
        assert_eq!(forms, 6);
    }
}
