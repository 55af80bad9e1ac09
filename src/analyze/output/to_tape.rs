//! Journals as lines of a tape, each at the time at which it was written, so that an incident can be replayed.
//!
//! A line is written anew in the form `short-iso-precise`, with its whole time and its worker: a tape holds the lines
//! of several journals, and not the dates of their files. A line without a time gets that of the line before it.

use std::io;

use chrono::SecondsFormat;

use crate::{
    analyze::fold::line_reader::{AnalyzedLine, LineSink},
    observation::{JournalLine, Time},
};

/// Largest number of lines: a replay folds a million observations in at most 2 s (`benches/fold.rs`).
pub const MOST_TAPE_LINES: usize = 2_000_000;

/// Identifier of the lines that name none.
const DEFAULT_IDENTIFIER: &str = "kubelet";

/// The lines for a tape.
#[derive(Debug, Default)]
pub struct TapeLines {
    /// Lines in the order of their inputs, each with the time at which it was written.
    pub lines: Vec<(Time, JournalLine)>,
    /// Number of lines left out because neither they nor a line before them has a time.
    pub timeless: u64,
    /// Number of lines left out beyond [`MOST_TAPE_LINES`].
    pub left_out: u64,
}

/// Takes the lines of one input.
pub(crate) struct TapeLineSink<'a> {
    tape: &'a mut TapeLines,
    /// Time of the line before; `None` before the first line that has one.
    last: Option<Time>,
}

impl<'a> TapeLineSink<'a> {
    pub(crate) fn new(tape: &'a mut TapeLines) -> Self {
        Self { tape, last: None }
    }
}

impl LineSink for TapeLineSink<'_> {
    fn line(&mut self, line: &AnalyzedLine<'_>) -> io::Result<()> {
        if line.message.is_empty() {
            return Ok(());
        }
        let own = line.moment.map(|moment| moment.utc.unwrap_or_else(|| moment.local.and_utc()));
        let Some(time) = own.or(self.last) else {
            self.tape.timeless += 1;
            return Ok(());
        };
        self.last = Some(time);
        if self.tape.lines.len() == MOST_TAPE_LINES {
            self.tape.left_out += 1;
            return Ok(());
        }
        self.tape.lines.push((time, JournalLine { worker: line.worker.to_owned(), line: tape_line(time, line) }));
        Ok(())
    }
}

/// Formats a line in the form `short-iso-precise`.
fn tape_line(time: Time, line: &AnalyzedLine<'_>) -> String {
    let time = time.to_rfc3339_opts(SecondsFormat::Micros, false).replace("+00:00", "+0000");
    // a space would end the field
    let host = line.worker.replace(char::is_whitespace, "-");
    let identifier = line.entry.identifier.as_deref().unwrap_or(DEFAULT_IDENTIFIER);
    format!("{time} {host} {identifier}: {}", line.message)
}
