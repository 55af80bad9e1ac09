//! The lines of one input, read one after the other: for what answers each line, and for what keeps each.
//!
//! Every line comes once, in order, with all that a filter needs; a line that was wrapped over several is whole in the first of them, and the
//! others are empty. What is done with a line is the [`Reader`]'s.

use std::{
    io::{self, Read},
    sync::Arc,
};

use super::{
    chunks::Chunks,
    digest::whole_entry,
    extent::Extent,
    filter::{Filter, Verdict},
    wrapped::{self, Alone, Whole},
};
use crate::kubelet::{self, Entry, LONGEST_LINE, Moment, Reading, TimeResolver, YearHint, is_kubelet, read, record};

/// A line that is asked for.
pub(super) struct Line<'a> {
    /// Its number in its input, from 1.
    pub(super) number: u64,
    pub(super) entry: &'a Entry<'a>,
    /// The worker that wrote it: the one that it names, or that of the line before.
    pub(super) worker: &'a str,
    /// Its message, with the pieces that were wrapped; empty for a piece.
    pub(super) message: &'a str,
    pub(super) reading: &'a Reading<'a>,
    pub(super) moment: Option<Moment>,
}

/// What wants the lines.
pub(super) trait Reader {
    /// Takes a line.
    fn line(&mut self, line: &Line<'_>) -> io::Result<()>;

    /// All lines that have come so far were given.
    fn pause(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was found out about an input while its lines were read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) lines: u64,
    pub(super) is_journal: bool,
    /// What there is, where a filter is given.
    pub(super) extent: Extent,
}

/// What has to be known of an input to read its lines.
pub(super) struct Lines<'a> {
    pub(super) filter: &'a Filter,
    pub(super) hint: YearHint,
    /// The worker of lines before any that names a host.
    pub(super) fallback: Arc<str>,
}

impl Lines<'_> {
    /// Gives every line that is asked for to `reader`.
    pub(super) fn read<R: Read>(self, chunks: &mut Chunks<R>, reader: &mut dyn Reader) -> io::Result<Found> {
        let mut calendar = TimeResolver::new(self.hint);
        let mut verdict = Verdict::default();
        let mut found = Found::default();
        let mut worker = self.fallback.to_string();
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next(buffer) {
            let bytes = chunk.bytes();
            let (mut end, mut joined) = (0, 0);
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let is_piece = end < joined;
                end += line.len();
                found.lines += 1;
                let entry = whole_entry(line);
                let first = record(if is_piece { "" } else { &entry.message });
                let mut reading = read(&first);
                let mut written = first.time();
                let alone = Alone::of(&first, &reading);
                found.is_journal |= first.call_site.is_some()
                    || reading.control_plane
                    || entry.identifier.as_deref().is_some_and(is_kubelet);
                let whole = if is_piece { None } else { whole(line, &entry, alone, &bytes[end..]) };
                if let Some(whole) = &whole {
                    let record = record(&whole.message);
                    reading = read(&record).into_owned();
                    written = record.time();
                    joined = end + whole.pieces;
                }
                let moment = calendar.resolve(entry.timestamp.as_ref(), written);
                if let Some(named) = entry.host.as_deref().filter(|named| *named != worker) {
                    worker.clear();
                    worker.push_str(named);
                }
                let Reading { activity, symptom, control_plane, .. } = reading;
                let wanted = self.filter.is_open() || {
                    found.extent.add(&worker, moment, activity, symptom, control_plane);
                    self.filter.takes(&mut verdict, moment, &worker, activity, symptom, control_plane)
                };
                found.extent.taken += u64::from(wanted);
                if wanted {
                    let message = match &whole {
                        Some(whole) => &*whole.message,
                        None if is_piece => "",
                        None => &*entry.message,
                    };
                    let number = found.lines;
                    reader.line(&Line {
                        number,
                        entry: &entry,
                        worker: &worker,
                        message,
                        reading: &reading,
                        moment,
                    })?;
                }
            }
            reader.pause()?;
            buffer = chunk.into_buffer();
        }
        Ok(found)
    }
}

/// A line with its pieces, under the same conditions as where only failures are read.
fn whole(line: &[u8], entry: &Entry<'_>, alone: Alone, rest: &[u8]) -> Option<Whole> {
    let looked_at = || {
        let most = line.len().min(LONGEST_LINE);
        wrapped::fills_page(line) || kubelet::bulk::find_candidate(&line[..most], 0).is_some()
    };
    if alone.failed || !looked_at() {
        return None;
    }
    wrapped::whole(line, entry, alone, rest)
}
