//! `journalctl -o export`: records of many lines, some of them binary, assembled from chunks of any size.
//!
//! A record is a run of `FIELD=value` lines and ends with an empty line. A binary value follows its field's name as a
//! length (eight bytes, little-endian) and the bytes ("Journal Export Format" in systemd's `JOURNAL_EXPORT_FORMATS`).
//! Cutting the input anywhere gives the same entries. Fields of no interest are skipped, and of the others at most
//! [`LONGEST_LINE`] bytes are kept: memory does not grow with the input.

use std::borrow::Cow;

use crate::line::entry::{Entry, LONGEST_LINE};
use crate::line::program;
use crate::time::timestamp::Timestamp;

/// Whether a file with this beginning is one of `-o export`, which begins with the cursor of its first entry.
#[must_use]
pub fn is_export(start: &[u8]) -> bool {
    start.starts_with(b"__CURSOR=")
}

/// Bytes of a field's name that are kept: more than the longest name of interest (`__REALTIME_TIMESTAMP`, 20) and
/// journald's own limit (64).
const LONGEST_NAME: usize = 64;

/// The part of a field that the next byte belongs to.
#[derive(Debug, Default)]
enum FieldPart {
    /// The name, or the empty line after a record.
    #[default]
    Name,
    /// The value of a text field.
    Text,
    /// The length of a binary field: the number of its bytes that were read (0 to 7), and their value.
    Length(u8, u64),
    /// The value of a binary field, of which this number of bytes is still to come.
    Binary(u64),
    /// The line end after a binary field.
    End,
}

/// Parses the records of `journalctl -o export` from chunks.
#[derive(Debug, Default)]
pub struct ExportParser {
    part: FieldPart,
    name: Vec<u8>,
    value: Vec<u8>,
    record: ExportRecord,
}

#[derive(Debug, Default)]
struct ExportRecord {
    /// Whether the record has any field, of interest or not.
    any: bool,
    host: Option<String>,
    identifier: Option<String>,
    comm: Option<String>,
    realtime: Option<i64>,
    message: Option<String>,
    cursor: Option<String>,
}

impl ExportParser {
    /// Parses a chunk and calls `each` for every record that it completes.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Entry<'static>)) {
        let mut rest = chunk;
        while let Some((&byte, after)) = rest.split_first() {
            match self.part {
                FieldPart::Name => {
                    rest = after;
                    match byte {
                        b'\n' if self.name.is_empty() => self.flush(each),
                        b'\n' => self.part = FieldPart::Length(0, 0),
                        b'=' => self.part = FieldPart::Text,
                        _ if self.name.len() < LONGEST_NAME => self.name.push(byte),
                        _ => {}
                    }
                }
                FieldPart::Text => {
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
                FieldPart::Length(7, length) => {
                    rest = after;
                    let length = length | u64::from(byte) << 56;
                    self.part = if length == 0 { FieldPart::End } else { FieldPart::Binary(length) };
                }
                FieldPart::Length(index, length) => {
                    rest = after;
                    self.part = FieldPart::Length(index + 1, length | u64::from(byte) << (8 * index));
                }
                FieldPart::Binary(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    self.keep(&rest[..taken]);
                    rest = &rest[taken..];
                    let left = left - taken as u64;
                    self.part = if left == 0 { FieldPart::End } else { FieldPart::Binary(left) };
                }
                FieldPart::End => {
                    rest = after;
                    self.close();
                }
            }
        }
    }

    /// Ends the input, which completes a last record without its empty line.
    pub fn finish(mut self, each: &mut dyn FnMut(Entry<'static>)) {
        if !self.name.is_empty() {
            self.close();
        }
        self.flush(each);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if is_of_interest(&self.name) {
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
        self.part = FieldPart::Name;
    }

    fn flush(&mut self, each: &mut dyn FnMut(Entry<'static>)) {
        let record = std::mem::take(&mut self.record);
        if record.any {
            each(program::with_program(Entry {
                host: record.host.map(Cow::Owned),
                timestamp: record.realtime.and_then(Timestamp::from_epoch_micros),
                identifier: record.identifier.or(record.comm).map(Cow::Owned),
                message: Cow::Owned(record.message.unwrap_or_default()),
                cursor: record.cursor.map(Cow::Owned),
                partial: false,
            }));
        }
    }
}

fn is_of_interest(name: &[u8]) -> bool {
    matches!(name, b"MESSAGE" | b"_HOSTNAME" | b"SYSLOG_IDENTIFIER" | b"_COMM" | b"__REALTIME_TIMESTAMP" | b"__CURSOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Vec<u8> {
        let mut input = concat!(
            "__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1735402147451597\n_HOSTNAME=worker2\n",
            "SYSLOG_IDENTIFIER=kubelet\nMESSAGE=E1228 first\nOTHER=x\n\n",
            "__CURSOR=s=1;i=2\n_HOSTNAME=worker2\nMESSAGE\n",
        )
        .as_bytes()
        .to_vec();
        let message = b"two\nlines \xff";
        input.extend_from_slice(&(message.len() as u64).to_le_bytes());
        input.extend_from_slice(message);
        input.extend_from_slice(b"\n_COMM=kubelet\n\n__CURSOR=s=1;i=3\nMESSAGE=last");
        input
    }

    fn entries(chunks: &[&[u8]]) -> Vec<Entry<'static>> {
        let mut entries = Vec::new();
        let mut parser = ExportParser::default();
        for chunk in chunks {
            parser.feed(chunk, &mut |entry| entries.push(entry));
        }
        parser.finish(&mut |entry| entries.push(entry));
        entries
    }

    #[test]
    fn records_with_text_and_binary_fields_become_entries() {
        let entries = entries(&[&input()]);
        let parts: Vec<_> =
            entries.iter().map(|entry| (entry.host.as_deref(), entry.identifier.as_deref(), &*entry.message)).collect();
        let worker = Some("worker2");
        assert_eq!(
            parts,
            [
                (worker, Some("kubelet"), "E1228 first"),
                (worker, Some("kubelet"), "two\nlines \u{fffd}"),
                (None, None, "last")
            ]
        );
        assert_eq!(entries[0].timestamp, Timestamp::from_epoch_micros(1_735_402_147_451_597));
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
