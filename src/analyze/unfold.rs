//! Journals as observations: each line at the time at which it was written, so that an incident can be watched as it unfolded.
//!
//! A line is written anew with its whole time and its worker (`short-iso-precise`), since a tape has lines of several journals and none of
//! their files' dates. A line without a time goes with the line before it.

use std::io;

use chrono::SecondsFormat;

use super::lines::{Line, Reader};
use crate::observation::{JournalLine, Time};

/// Lines kept at most: what a replay folds in the time of a breath.
pub const MOST: usize = 2_000_000;

/// The identifier of a line whose own is not known.
const KUBELET: &str = "kubelet";

/// Journals as observations.
#[derive(Debug, Default)]
pub struct Unfolded {
    /// In the order of their inputs, each with the time at which it was written.
    pub lines: Vec<(Time, JournalLine)>,
    /// Lines that have no place in time: none before them has one either.
    pub timeless: u64,
    /// Lines beyond [`MOST`].
    pub left_out: u64,
}

/// Takes the lines of one input.
pub(super) struct Unfolding<'a> {
    unfolded: &'a mut Unfolded,
    last: Option<Time>,
}

impl<'a> Unfolding<'a> {
    pub(super) fn new(unfolded: &'a mut Unfolded) -> Self {
        Self { unfolded, last: None }
    }
}

impl Reader for Unfolding<'_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        if line.message.is_empty() {
            return Ok(());
        }
        let own = line.moment.map(|moment| moment.utc.unwrap_or_else(|| moment.local.and_utc()));
        let Some(at) = own.or(self.last) else {
            self.unfolded.timeless += 1;
            return Ok(());
        };
        self.last = Some(at);
        if self.unfolded.lines.len() == MOST {
            self.unfolded.left_out += 1;
            return Ok(());
        }
        // a blank would end the field
        let host = line.worker.replace(char::is_whitespace, "-");
        let identifier = line.entry.identifier.as_deref().unwrap_or(KUBELET);
        let time = at.to_rfc3339_opts(SecondsFormat::Micros, false).replace("+00:00", "+0000");
        let text = format!("{time} {host} {identifier}: {}", line.message);
        self.unfolded.lines.push((at, JournalLine { worker: line.worker.to_owned(), line: text }));
        Ok(())
    }
}
