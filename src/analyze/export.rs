//! `journalctl -o export` as lines: each record of many lines becomes one line of `journalctl -o json`.
//!
//! The records are put together by the reader (`line/export.rs` of kubelet-journal); here they only take the form that everything else goes through.

use std::io::{self, Read};

use serde::Serialize;

use crate::kubelet::{Entry, ExportParser, Timestamp};

/// Bytes taken from the input at once.
const SIP: usize = 64 * 1024;

/// A record in the form of `-o json`.
#[derive(Serialize)]
struct Line<'a> {
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
pub(super) struct ExportAsJson<R> {
    read: R,
    records: Option<ExportParser>,
    out: Vec<u8>,
    given: usize,
    buffer: Vec<u8>,
}

impl<R: Read> ExportAsJson<R> {
    pub(super) fn new(read: R) -> Self {
        Self { read, records: Some(ExportParser::default()), out: Vec::new(), given: 0, buffer: vec![0; SIP] }
    }
}

impl<R: Read> Read for ExportAsJson<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            let Some(records) = &mut self.records else { return Ok(0) };
            self.out.clear();
            self.given = 0;
            let taken = self.read.read(&mut self.buffer)?;
            let out = &mut self.out;
            match taken {
                0 => {
                    if let Some(records) = self.records.take() {
                        records.finish(&mut |entry| line(out, &entry));
                    }
                }
                taken => records.feed(&self.buffer[..taken], &mut |entry| line(out, &entry)),
            }
        }
        let taken = (self.out.len() - self.given).min(buffer.len());
        buffer[..taken].copy_from_slice(&self.out[self.given..self.given + taken]);
        self.given += taken;
        Ok(taken)
    }
}

fn line(out: &mut Vec<u8>, entry: &Entry<'_>) {
    let line = Line {
        cursor: entry.cursor.as_deref(),
        realtime: entry.timestamp.as_ref().and_then(Timestamp::epoch_micros).map(|micros| micros.to_string()),
        host: entry.host.as_deref(),
        identifier: entry.identifier.as_deref(),
        message: &entry.message,
    };
    // writing to memory cannot fail
    if serde_json::to_writer(&mut *out, &line).is_ok() {
        out.push(b'\n');
    }
}
