//! The answer line by line: `--format jsonl`, as in design.md section 6 and in `assets/schema/analyze-line.json`.
//!
//! One object for each line of the input, in its order; what a line does not say is null. The first line of a pipe is answered before the
//! second has come.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use serde::Serialize;

use super::{
    chunks::Chunks,
    digest::{is_kubelet, whole_entry},
    filter::{Filter, Verdict},
    json::Stamped,
    wrapped::{self, Alone, Whole},
};
use crate::kubelet::{
    self, Activity, Calendar, Entry, LONGEST_LINE, Reading, Severity, Source, Symptom, Written, YearHint, read, record,
};

/// The answer to one line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    n: u64,
    severity: Option<Severity>,
    time: Option<Stamped>,
    source: Option<Source<'a>>,
    worker: Option<&'a str>,
    control_plane: bool,
    activity: Activity,
    symptom: Symptom,
    resource: Option<&'a str>,
}

/// What was found out about an input while its lines were answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) lines: u64,
    pub(super) is_journal: bool,
}

/// Answers one input.
pub(super) struct Answers<'a> {
    pub(super) filter: &'a Filter,
    pub(super) hint: YearHint,
    /// The worker that a filter sees on lines that name no host.
    pub(super) fallback: Arc<str>,
    /// Lines of the inputs before this one.
    pub(super) before: u64,
}

impl Answers<'_> {
    /// Answers every line.
    pub(super) fn write<R: Read>(self, chunks: &mut Chunks<R>, out: &mut dyn Write) -> io::Result<Answered> {
        let mut calendar = Calendar::new(self.hint);
        let mut verdict = Verdict::default();
        let mut answered = Answered::default();
        let mut host = self.fallback.to_string();
        let (mut text, mut buffer) = (Vec::new(), Vec::new());
        while let Some(chunk) = chunks.next(buffer) {
            let bytes = chunk.bytes();
            let (mut end, mut joined) = (0, 0);
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let is_piece = end < joined;
                end += line.len();
                answered.lines += 1;
                let entry = whole_entry(line);
                let record = record(if is_piece { "" } else { &entry.message });
                let mut reading = read(&record);
                let mut written = Written::of(&record);
                let alone = Alone::of(&record, &reading);
                answered.is_journal |= record.site.is_some()
                    || reading.control_plane
                    || entry.identifier.as_deref().is_some_and(is_kubelet);
                if let Some(whole) = whole(line, &entry, alone, &bytes[end..]) {
                    let record = kubelet::record(&whole.message);
                    reading = read(&record).into_owned();
                    written = Written::of(&record);
                    joined = end + whole.pieces;
                }
                let moment = calendar.moment(&entry, &written.record());
                if !self.filter.is_open() {
                    if let Some(named) = entry.host.as_deref() {
                        host.clear();
                        host.push_str(named);
                    }
                    let Reading { activity, symptom, control_plane, .. } = reading;
                    if !self.filter.takes(&mut verdict, moment, &host, activity, symptom, control_plane) {
                        continue;
                    }
                }
                let answer = Line {
                    n: self.before + answered.lines,
                    severity: reading.severity,
                    time: moment.map(|moment| Stamped(moment.local)),
                    source: reading.source,
                    worker: entry.host.as_deref(),
                    control_plane: reading.control_plane,
                    activity: reading.activity,
                    symptom: reading.symptom,
                    resource: reading.resource.as_deref(),
                };
                serde_json::to_writer(&mut text, &answer)?;
                text.push(b'\n');
            }
            out.write_all(&text)?;
            out.flush()?;
            text.clear();
            buffer = chunk.into_buffer();
        }
        Ok(answered)
    }
}

/// A line with its pieces, under the same conditions as where only failures are read.
fn whole(line: &[u8], entry: &Entry<'_>, alone: Alone, rest: &[u8]) -> Option<Whole> {
    let looked_at = || {
        let most = line.len().min(LONGEST_LINE);
        wrapped::fills_page(line) || kubelet::sift(&line[..most], 0).is_some()
    };
    if alone.failed || !looked_at() {
        return None;
    }
    wrapped::whole(line, entry, alone, rest)
}
