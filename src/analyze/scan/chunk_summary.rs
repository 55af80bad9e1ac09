//! The result of scanning a chunk: its number of lines, and the lines that matter.

use std::ops::Range;

use super::kinds::LineFacts;
use crate::kubelet::{Entry, RecordTime, Timestamp, entry};

/// A line that was parsed, or recognized as equal to one that was.
#[derive(Clone, Debug)]
pub(crate) struct LineHit {
    /// Index of the line in its chunk, from 0.
    pub(crate) line_index: u32,
    /// Bytes of the line in its chunk.
    pub(crate) range: Range<usize>,
    /// Index into [`ChunkSummary::hosts`]; `None` if the line names no host.
    pub(crate) host: Option<u32>,
    /// Time in front of the line; `None` if it has none.
    pub(crate) timestamp: Option<Timestamp>,
    /// Time inside the record.
    pub(crate) record_time: RecordTime,
    pub(crate) facts: LineFacts,
    /// Whether the line has a word of a failure.
    pub(crate) is_candidate: bool,
}

/// The lines of a chunk that matter.
#[derive(Debug, Default)]
pub(crate) struct ChunkSummary {
    /// Number of all lines of the chunk.
    pub(crate) lines: u64,
    pub(crate) hits: Vec<LineHit>,
    /// Each host that a hit names, once.
    pub(crate) hosts: Vec<Box<str>>,
    /// Whether any line so far shows that the input is a kubelet's journal.
    pub(crate) is_journal: bool,
}

impl ChunkSummary {
    /// Returns the memory of the hits, emptied.
    pub(crate) fn into_hit_buffer(mut self) -> Vec<LineHit> {
        self.hits.clear();
        self.hits
    }

    /// Returns the index of a host, which is added if it is new.
    pub(crate) fn host_index(&mut self, host: &str) -> u32 {
        // nearly always that of the line before
        let index = self.hosts.iter().rposition(|known| **known == *host);
        index.unwrap_or_else(|| {
            self.hosts.push(host.into());
            self.hosts.len() - 1
        }) as u32
    }
}

/// Parses a line without the zero bytes that a power loss leaves in front of it.
pub(crate) fn entry_after_zeros(line: &[u8]) -> Entry<'_> {
    let zeros = line.iter().take_while(|byte| **byte == 0).count();
    entry(&line[zeros..])
}
