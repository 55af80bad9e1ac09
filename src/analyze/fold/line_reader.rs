//! Reads every line of one input, one after the other: for JSON lines, and for tapes.
//!
//! Each line is given to a [`LineSink`] once and in order, unless the filter excludes it. The message of a split line
//! is whole in its first line, and empty in the pieces. The answer for a line is that of the scan (`scan`), which
//! parses fewer lines.

use std::{
    io::{self, Read},
    sync::Arc,
};

use super::{
    filter::{FilterState, LineAttributes, LineFilter},
    filter_hint::FilterHint,
};
use crate::{
    analyze::{
        input::{
            continuation::{JoinedLine, LineTraits, fills_page, join_pieces},
            line_chunks::LineChunks,
        },
        scan::chunk_summary::entry_after_zeros,
    },
    kubelet::{
        Entry, LONGEST_LINE, Moment, Reading, RecordTime, TimeResolver, YearHint, bulk::find_candidate, is_kubelet,
        read, record,
    },
};

/// A line that passed the filter.
pub(crate) struct AnalyzedLine<'a> {
    /// Number of the line in its input, from 1.
    pub(crate) number: u64,
    pub(crate) entry: &'a Entry<'a>,
    /// Worker that wrote the line: the host that it names, else that of the line before.
    pub(crate) worker: &'a str,
    /// Message joined with its pieces; empty for a piece.
    pub(crate) message: &'a str,
    pub(crate) reading: &'a Reading<'a>,
    /// Time of the line; `None` if it has none.
    pub(crate) moment: Option<Moment>,
}

/// A receiver of lines.
pub(crate) trait LineSink {
    /// Takes the next line.
    ///
    /// # Errors
    /// Returns an error if the line cannot be written.
    fn line(&mut self, line: &AnalyzedLine<'_>) -> io::Result<()>;

    /// Writes out what was taken, because the next line may be long in coming.
    ///
    /// # Errors
    /// Returns an error if the lines cannot be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The result of reading an input.
#[derive(Debug, Default)]
pub(crate) struct LinesRead {
    /// Lines of the input, whether they passed the filter or not.
    pub(crate) lines: u64,
    pub(crate) is_journal: bool,
    /// Contents of the input; only filled if there is a filter.
    pub(crate) filter_hint: FilterHint,
}

/// Reads the lines of one input.
pub(crate) struct LineReader<'a> {
    filter: &'a LineFilter,
    filter_state: FilterState,
    time_resolver: TimeResolver,
    /// Worker of the line before.
    worker: String,
    result: LinesRead,
}

impl<'a> LineReader<'a> {
    /// Creates a reader; `fallback` is the worker of the lines before any that names a host.
    pub(crate) fn new(filter: &'a LineFilter, hint: YearHint, fallback: &Arc<str>) -> Self {
        Self {
            filter,
            filter_state: FilterState::default(),
            time_resolver: TimeResolver::new(hint),
            worker: fallback.to_string(),
            result: LinesRead::default(),
        }
    }

    /// Gives every line that passes the filter to `sink`, and flushes it after each chunk.
    ///
    /// # Errors
    /// Returns the first error of `sink`.
    pub(crate) fn read<R: Read>(
        mut self,
        chunks: &mut LineChunks<R>,
        sink: &mut dyn LineSink,
    ) -> io::Result<LinesRead> {
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next(buffer) {
            let bytes = chunk.bytes();
            let (mut end, mut joined_until) = (0, 0);
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let is_piece = end < joined_until;
                end += line.len();
                let piece_bytes = self.read_line(line, is_piece, &bytes[end..], sink)?;
                joined_until = joined_until.max(end + piece_bytes);
            }
            sink.flush()?;
            buffer = chunk.into_buffer();
        }
        Ok(self.result)
    }

    /// Reads a line, which `rest` follows; returns the bytes of the pieces that were joined with it.
    fn read_line(&mut self, line: &[u8], is_piece: bool, rest: &[u8], sink: &mut dyn LineSink) -> io::Result<usize> {
        self.result.lines += 1;
        let entry = entry_after_zeros(line);
        self.result.is_journal |= entry.identifier.as_deref().is_some_and(is_kubelet);
        if is_piece {
            let nothing = record("");
            self.give(&entry, "", &read(&nothing), nothing.time(), sink)?;
            return Ok(0);
        }
        let first = record(&entry.message);
        let reading = read(&first);
        self.result.is_journal |= first.call_site.is_some() || reading.control_plane;
        match joined(line, &entry, LineTraits::of(&first, &reading), rest) {
            None => {
                self.give(&entry, &entry.message, &reading, first.time(), sink)?;
                Ok(0)
            }
            Some(JoinedLine { message, piece_bytes }) => {
                let record = record(&message);
                self.give(&entry, &message, &read(&record), record.time(), sink)?;
                Ok(piece_bytes)
            }
        }
    }

    /// Gives a line to `sink` if it passes the filter.
    fn give(
        &mut self,
        entry: &Entry<'_>,
        message: &str,
        reading: &Reading<'_>,
        record_time: RecordTime,
        sink: &mut dyn LineSink,
    ) -> io::Result<()> {
        let moment = self.time_resolver.resolve(entry.timestamp.as_ref(), record_time);
        if let Some(host) = entry.host.as_deref().filter(|host| *host != self.worker) {
            host.clone_into(&mut self.worker);
        }
        if !self.passes(reading, moment) {
            return Ok(());
        }
        let number = self.result.lines;
        sink.line(&AnalyzedLine { number, entry, worker: &self.worker, message, reading, moment })
    }

    fn passes(&mut self, reading: &Reading<'_>, moment: Option<Moment>) -> bool {
        if self.filter.is_open() {
            return true;
        }
        let line = LineAttributes {
            worker: &self.worker,
            moment,
            activity: reading.activity,
            symptom: reading.symptom,
            control_plane: reading.control_plane,
        };
        let hint = &mut self.result.filter_hint;
        hint.add(&line);
        let passes = self.filter.matches(&mut self.filter_state, &line);
        hint.matched += u64::from(passes);
        passes
    }
}

/// Joins a line with its pieces, under the same conditions as the scan.
fn joined(line: &[u8], entry: &Entry<'_>, traits: LineTraits, rest: &[u8]) -> Option<JoinedLine> {
    let is_candidate = || find_candidate(&line[..line.len().min(LONGEST_LINE)], 0).is_some();
    if traits.reports_failure || !(fills_page(line) || is_candidate()) {
        return None;
    }
    join_pieces(line, entry, traits, rest)
}
