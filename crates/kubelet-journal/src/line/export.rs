//! `journalctl -o export`: records of many lines, some of them binary, put together from chunks of any size.
//!
//! A record is a run of `FIELD=value` lines, ended by an empty line; a value that is no text stands after its field's name as a length of
//! eight bytes and the bytes themselves. Cutting the input anywhere gives the same entries. A field of no interest is passed over without
//! being kept, and of the others at most [`LONGEST_LINE`] bytes are: memory does not grow with the input.

use std::borrow::Cow;

use crate::line::entry::{Entry, LONGEST_LINE};
use crate::time::timestamp::Stamp;

/// Whether a file that begins like this is one of `-o export`.
#[must_use]
pub fn is_export(start: &[u8]) -> bool {
    start.starts_with(b"__CURSOR=")
}

/// The longest name of a field that is of interest.
const LONGEST_NAME: usize = 64;

/// Where in the input the assembler is.
#[derive(Debug, Default)]
enum Place {
    /// At the beginning of a line or in its name.
    #[default]
    Name,
    /// In the value of a text field.
    Text,
    /// In the length of a binary field.
    Length(u8, u64),
    /// In a binary field, so many bytes before its end.
    Binary(u64),
    /// At the line end after a binary field.
    End,
}

/// Puts the records of an export together.
#[derive(Debug, Default)]
pub struct Export {
    place: Place,
    name: Vec<u8>,
    value: Vec<u8>,
    record: Fields,
}

#[derive(Debug, Default)]
struct Fields {
    any: bool,
    host: Option<String>,
    identifier: Option<String>,
    comm: Option<String>,
    realtime: Option<i64>,
    message: Option<String>,
    cursor: Option<String>,
}

impl Export {
    /// Takes in a chunk and calls `each` for every record that is whole now.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Entry<'static>)) {
        let mut rest = chunk;
        while let Some((&byte, after)) = rest.split_first() {
            match self.place {
                Place::Name => {
                    rest = after;
                    match byte {
                        b'\n' if self.name.is_empty() => self.flush(each),
                        b'\n' => self.place = Place::Length(0, 0),
                        b'=' => self.place = Place::Text,
                        _ if self.name.len() < LONGEST_NAME => self.name.push(byte),
                        _ => {}
                    }
                }
                Place::Text => {
                    let end = memchr::memchr(b'\n', rest);
                    self.keep(&rest[..end.unwrap_or(rest.len())]);
                    match end {
                        Some(end) => {
                            rest = &rest[end + 1..];
                            self.close();
                        }
                        None => return,
                    }
                }
                Place::Length(7, length) => {
                    rest = after;
                    let length = length | u64::from(byte) << 56;
                    self.place = if length == 0 { Place::End } else { Place::Binary(length) };
                }
                Place::Length(index, length) => {
                    rest = after;
                    self.place = Place::Length(index + 1, length | u64::from(byte) << (8 * index));
                }
                Place::Binary(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    self.keep(&rest[..taken]);
                    rest = &rest[taken..];
                    let left = left - taken as u64;
                    self.place = if left == 0 { Place::End } else { Place::Binary(left) };
                }
                Place::End => {
                    rest = after;
                    self.close();
                }
            }
        }
    }

    /// Ends the input: a last record without its empty line is whole.
    pub fn finish(mut self, each: &mut dyn FnMut(Entry<'static>)) {
        if !self.name.is_empty() {
            self.close();
        }
        self.flush(each);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if is_wanted(&self.name) {
            let room = LONGEST_LINE.saturating_sub(self.value.len());
            self.value.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn close(&mut self) {
        let value = String::from_utf8_lossy(&self.value);
        let record = &mut self.record;
        record.any = true;
        match self.name.as_slice() {
            b"MESSAGE" => record.message = Some(value.trim_end_matches(['\n', '\r']).to_owned()),
            b"_HOSTNAME" => record.host = Some(value.into_owned()),
            b"SYSLOG_IDENTIFIER" => record.identifier = Some(value.into_owned()),
            b"_COMM" => record.comm = Some(value.into_owned()),
            b"__REALTIME_TIMESTAMP" => record.realtime = value.parse().ok(),
            b"__CURSOR" => record.cursor = Some(value.into_owned()),
            _ => {}
        }
        self.name.clear();
        self.value.clear();
        self.place = Place::Name;
    }

    fn flush(&mut self, each: &mut dyn FnMut(Entry<'static>)) {
        let record = std::mem::take(&mut self.record);
        if record.any {
            each(
                Entry {
                    host: record.host.map(Cow::Owned),
                    stamp: record.realtime.and_then(Stamp::from_epoch_micros),
                    identifier: record.identifier.or(record.comm).map(Cow::Owned),
                    message: Cow::Owned(record.message.unwrap_or_default()),
                    cursor: record.cursor.map(Cow::Owned),
                    partial: false,
                }
                .signed(),
            );
        }
    }
}

fn is_wanted(name: &[u8]) -> bool {
    matches!(name, b"MESSAGE" | b"_HOSTNAME" | b"SYSLOG_IDENTIFIER" | b"_COMM" | b"__REALTIME_TIMESTAMP" | b"__CURSOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Vec<u8> {
        let mut input = b"__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1735402147451597\n_HOSTNAME=worker2\nSYSLOG_IDENTIFIER=kubelet\nMESSAGE=E1228 first\nOTHER=x\n\n__CURSOR=s=1;i=2\n_HOSTNAME=worker2\nMESSAGE\n".to_vec();
        let message = b"two\nlines \xff";
        input.extend_from_slice(&(message.len() as u64).to_le_bytes());
        input.extend_from_slice(message);
        input.extend_from_slice(b"\n_COMM=kubelet\n\n__CURSOR=s=1;i=3\nMESSAGE=last");
        input
    }

    fn entries(chunks: &[&[u8]]) -> Vec<Entry<'static>> {
        let mut entries = Vec::new();
        let mut export = Export::default();
        for chunk in chunks {
            export.feed(chunk, &mut |entry| entries.push(entry));
        }
        export.finish(&mut |entry| entries.push(entry));
        entries
    }

    #[test]
    fn records_with_text_and_binary_fields_become_entries() {
        let entries = entries(&[&input()]);
        let told: Vec<_> =
            entries.iter().map(|entry| (entry.host.as_deref(), entry.identifier.as_deref(), &*entry.message)).collect();
        let worker = Some("worker2");
        assert_eq!(
            told,
            [
                (worker, Some("kubelet"), "E1228 first"),
                (worker, Some("kubelet"), "two\nlines \u{fffd}"),
                (None, None, "last")
            ]
        );
        assert_eq!(entries[0].stamp, Stamp::from_epoch_micros(1_735_402_147_451_597));
        assert_eq!(entries[1].cursor.as_deref(), Some("s=1;i=2"));
    }

    #[test]
    fn cutting_the_input_anywhere_gives_the_same_entries() {
        let input = input();
        let whole = entries(&[&input]);
        for at in 0..input.len() {
            assert_eq!(entries(&[&input[..at], &input[at..]]), whole, "cut at {at}");
        }
    }
}
