//! `journalctl -o export` as lines: each record of many lines becomes one line in the form of `journalctl -o json`.
//!
//! [`ExportParser`] assembles the records. Fields of no interest are dropped.

use std::io::{self, Read};

use serde::Serialize;

use crate::kubelet::{Entry, ExportParser, Timestamp};

/// Bytes requested from the input at once (64 KiB).
const READ_SIZE: usize = 64 << 10;

/// A record in the form of `-o json`, under journald's field names.
#[derive(Serialize)]
struct JournalJsonLine<'a> {
    #[serde(rename = "__CURSOR", skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    #[serde(rename = "__REALTIME_TIMESTAMP", skip_serializing_if = "Option::is_none")]
    realtime: Option<String>,
    #[serde(rename = "_HOSTNAME", skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(rename = "SYSLOG_IDENTIFIER", skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
    #[serde(rename = "MESSAGE")]
    message: &'a str,
}

/// Reads an export as lines of JSON.
pub(crate) struct ExportAsJson<R> {
    inner: R,
    /// `None` after the end of the input.
    parser: Option<ExportParser>,
    /// Bytes read from the input and not yet parsed.
    input: Vec<u8>,
    /// Lines of the records that were parsed last.
    lines: Vec<u8>,
    /// Bytes of `lines` that were already returned.
    returned: usize,
}

impl<R: Read> ExportAsJson<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, parser: Some(ExportParser::default()), input: vec![0; READ_SIZE], lines: Vec::new(), returned: 0 }
    }
}

impl<R: Read> Read for ExportAsJson<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.returned == self.lines.len() {
            let Some(parser) = &mut self.parser else { return Ok(0) };
            self.lines.clear();
            self.returned = 0;
            let read = self.inner.read(&mut self.input)?;
            let lines = &mut self.lines;
            if read > 0 {
                parser.feed(&self.input[..read], &mut |entry| write_line(lines, &entry));
            } else if let Some(parser) = self.parser.take() {
                parser.finish(&mut |entry| write_line(lines, &entry));
            }
        }
        let length = (self.lines.len() - self.returned).min(buffer.len());
        buffer[..length].copy_from_slice(&self.lines[self.returned..self.returned + length]);
        self.returned += length;
        Ok(length)
    }
}

fn write_line(lines: &mut Vec<u8>, entry: &Entry<'_>) {
    let line = JournalJsonLine {
        cursor: entry.cursor.as_deref(),
        realtime: entry.timestamp.as_ref().and_then(Timestamp::epoch_micros).map(|micros| micros.to_string()),
        host: entry.host.as_deref(),
        identifier: entry.identifier.as_deref(),
        message: &entry.message,
    };
    // writing to memory cannot fail
    if serde_json::to_writer(&mut *lines, &line).is_ok() {
        lines.push(b'\n');
    }
}
