//! Which lines of a chunk are worth parsing.
//!
//! Most lines of a journal cannot be about a failed call. Those without a word of a failure are skipped, except for a
//! sample, whose times tell how far the journal reaches.

use std::ops::Range;

use crate::{
    analyze::input::line_chunks::LineChunk,
    kubelet::{LONGEST_LINE, bulk::find_candidate},
};

/// Bytes of the input of which at least one line is parsed, whatever it contains (64 KiB).
const SAMPLE_EVERY: u64 = 64 << 10;

/// The lines of a scan that are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanDepth {
    /// Every line: a filter looks at the time and the worker of each.
    EveryLine,
    /// Lines that may be about a failed call, and a sample of the others.
    Candidates,
}

/// Finds the lines that have a word of a failure. Lines are asked for in their order.
pub(crate) struct CandidateCursor<'a> {
    bytes: &'a [u8],
    /// The first word at or after the start of an earlier line, or the end of `bytes`; `None` before the first search.
    next: Option<usize>,
}

impl<'a> CandidateCursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: None }
    }

    /// Whether the part of a line that is parsed has a word of a failure.
    pub(crate) fn is_candidate(&mut self, line: Range<usize>) -> bool {
        let next = match self.next {
            Some(next) if next >= line.start => next,
            _ => {
                let next = find_candidate(self.bytes, line.start).unwrap_or(self.bytes.len());
                self.next = Some(next);
                next
            }
        };
        next < line.end.min(line.start + LONGEST_LINE)
    }
}

/// Chooses the first line that begins at or after each multiple of [`SAMPLE_EVERY`] bytes of the input, wherever its
/// chunks begin.
pub(crate) struct SampleWindow {
    chunk_start: u64,
    /// Number of the window of the line before; `None` before the first line of the input.
    window: Option<u64>,
}

impl SampleWindow {
    pub(crate) fn new(chunk: &LineChunk) -> Self {
        Self { chunk_start: chunk.start, window: chunk.previous_line.map(|start| start / SAMPLE_EVERY) }
    }

    /// Whether the line that begins at this offset of the chunk is in the sample. Lines are asked for in their order.
    pub(crate) fn takes(&mut self, line_start: usize) -> bool {
        let window = (self.chunk_start + line_start as u64) / SAMPLE_EVERY;
        self.window.replace(window) != Some(window)
    }
}
