//! From the lines of one chunk to its hits.
//!
//! Every line goes through the same steps, each cheaper than the next, and stops at the first that decides:
//!
//! 1. Skip it, if it has no word of a failure and nothing else asks for it (`candidates`).
//! 2. Look its message up: a kubelet repeats itself word for word, but for the time.
//! 3. Parse it.
//! 4. Join it with the lines that it goes on in (`continuation`).
//!
//! Steps 2 to 4 give the same answer for the same message, so what a cache holds never shows in a result.

use std::ops::Range;

use super::{
    candidates::{CandidateCursor, SampleWindow, ScanDepth},
    chunk_summary::{ChunkSummary, LineHit, entry_after_zeros},
    kinds::{KindCache, KindInterner, LineFacts},
};
use crate::{
    analyze::input::{
        continuation::{fills_page, join_pieces},
        line_chunks::LineChunk,
    },
    kubelet::{
        Entry, RecordTime, Timestamp,
        bulk::{PrefixMatcher, ReadingCache, find_candidate},
        is_kubelet, read, record,
    },
};

/// Scans chunks on one thread.
#[derive(Default)]
pub(crate) struct ChunkScanner {
    cache: ReadingCache<LineFacts>,
    kinds: KindCache,
    prefix: PrefixMatcher,
    /// Host in the prefix that was learned last; `None` if it has none.
    prefix_host: Option<Box<str>>,
}

/// A line of a chunk, before it is parsed.
#[derive(Clone, Copy, Debug)]
struct LineContext<'a> {
    /// Index of the line in its chunk, from 0.
    index: u32,
    chunk: &'a [u8],
    start: usize,
    end: usize,
    /// Whether the line has a word of a failure.
    is_candidate: bool,
    /// Whether the line was joined with one before it.
    is_piece: bool,
}

impl<'a> LineContext<'a> {
    fn text(&self) -> &'a [u8] {
        &self.chunk[self.start..self.end]
    }

    /// The chunk after the line.
    fn rest(&self) -> &'a [u8] {
        &self.chunk[self.end..]
    }

    fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether it is worth looking for pieces of the line.
    fn may_have_pieces(&self, facts: &LineFacts) -> bool {
        !facts.traits.reports_failure && !self.is_piece && (self.is_candidate || fills_page(self.text()))
    }
}

/// A line whose message was looked up.
#[derive(Clone, Copy, Debug)]
struct CachedLine {
    timestamp: Option<Timestamp>,
    record_time: RecordTime,
    facts: LineFacts,
}

impl CachedLine {
    /// Whether the message is all there is of the line. A line that a container runtime has cut is never looked up,
    /// because its prefix is not learned.
    fn is_complete(&self, line: &LineContext<'_>) -> bool {
        let traits = self.facts.traits;
        !(line.may_have_pieces(&self.facts) && (traits.may_continue || fills_page(line.text())))
    }
}

impl ChunkScanner {
    /// Scans a chunk. Until the input `is_journal`, every line is parsed, to find out whether it is one. `hits` is
    /// empty memory.
    pub(crate) fn scan(
        &mut self,
        chunk: &LineChunk,
        depth: ScanDepth,
        is_journal: bool,
        interner: &KindInterner,
        hits: Vec<LineHit>,
    ) -> ChunkSummary {
        let bytes = chunk.bytes();
        let mut summary = ChunkSummary { is_journal, hits, ..ChunkSummary::default() };
        let mut candidates = CandidateCursor::new(bytes);
        let mut samples = SampleWindow::new(chunk);
        let mut line = LineContext { index: 0, chunk: bytes, start: 0, end: 0, is_candidate: false, is_piece: false };
        // end of the last line that was parsed or joined with one that was
        let mut joined_until = 0;
        let mut parsed_until = 0;
        for end in memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain(open_end(bytes)) {
            line.end = end;
            line.is_piece = line.start < joined_until;
            let is_sample = samples.takes(line.start);
            let cached = self.look_up_warning(&line);
            line.is_candidate =
                cached.map_or_else(|| candidates.is_candidate(line.range()), |cached| cached.facts.is_candidate);
            if depth == ScanDepth::EveryLine
                || line.is_candidate
                || is_sample
                || fills_page(line.text())
                || !summary.is_journal
            {
                joined_until = joined_until.max(self.add_line(&mut summary, &line, cached, interner));
                parsed_until = end;
            }
            line.index += 1;
            line.start = end;
        }
        summary.lines = u64::from(line.index);
        if chunk.is_last && parsed_until != bytes.len() {
            self.add_last_line(&mut summary, bytes, joined_until, interner);
        }
        summary
    }

    /// Adds the last line of the input, which tells how far the journal reaches.
    fn add_last_line(
        &mut self,
        summary: &mut ChunkSummary,
        bytes: &[u8],
        joined_until: usize,
        interner: &KindInterner,
    ) {
        let end = bytes.trim_ascii_end().len();
        let start = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |before| before + 1);
        let index = memchr::memchr_iter(b'\n', &bytes[..start]).count() as u32;
        if summary.hits.last().is_none_or(|hit| hit.line_index < index) {
            let is_piece = start < joined_until;
            let line = LineContext { index, chunk: bytes, start, end, is_candidate: false, is_piece };
            self.add_line(summary, &line, None, interner);
        }
    }

    /// Adds a line as a hit; returns the end of the pieces that were joined with it.
    fn add_line(
        &mut self,
        summary: &mut ChunkSummary,
        line: &LineContext<'_>,
        cached: Option<CachedLine>,
        interner: &KindInterner,
    ) -> usize {
        let cached = cached.or_else(|| self.look_up(line)).filter(|cached| cached.is_complete(line));
        match cached {
            Some(cached) => self.add_cached(summary, line, cached),
            None => self.add_parsed(summary, line, interner),
        }
    }

    fn add_cached(&self, summary: &mut ChunkSummary, line: &LineContext<'_>, cached: CachedLine) -> usize {
        let CachedLine { timestamp, record_time, facts } = cached;
        summary.is_journal |= facts.is_journal_sign;
        let host = self.prefix_host.as_deref().map(|host| summary.host_index(host));
        push_hit(summary, line, host, timestamp, record_time, facts);
        line.end
    }

    fn add_parsed(&mut self, summary: &mut ChunkSummary, line: &LineContext<'_>, interner: &KindInterner) -> usize {
        let entry = entry_after_zeros(line.text());
        self.learn_prefix(line.text(), &entry);
        let (mut record_time, mut facts) = self.read_message(if line.is_piece { "" } else { &entry.message }, interner);
        let mut end = line.end;
        if line.may_have_pieces(&facts)
            && let Some(joined) = join_pieces(line.text(), &entry, facts.traits, line.rest())
        {
            let record = record(&joined.message);
            facts = self.kinds.facts(interner, &record, &read(&record), false);
            record_time = record.time();
            end += joined.piece_bytes;
        }
        summary.is_journal |= facts.is_journal_sign || entry.identifier.as_deref().is_some_and(is_kubelet);
        let host = named_host(&entry).map(|host| summary.host_index(host));
        push_hit(summary, line, host, entry.timestamp, record_time, facts);
        end
    }

    fn learn_prefix(&mut self, text: &[u8], entry: &Entry<'_>) {
        if self.prefix.learn(text, entry) {
            self.prefix_host = named_host(entry).map(Box::from);
        }
    }

    /// Returns the time and the facts of a message, from the cache if it is there.
    fn read_message(&mut self, message: &str, interner: &KindInterner) -> (RecordTime, LineFacts) {
        let Self { cache, kinds, .. } = self;
        cache.get_or_read(message, |record, reading| {
            kinds.facts(interner, record, reading, find_candidate(message.as_bytes(), 0).is_some())
        })
    }

    /// Looks up the message of a warning or an error; `None` for information, which the search for candidates skips
    /// faster than it could be looked up.
    fn look_up_warning(&mut self, line: &LineContext<'_>) -> Option<CachedLine> {
        let severity = line.text().get(self.prefix.prefix_len())?;
        if *severity == b'I' { None } else { self.look_up(line) }
    }

    /// Looks up the message of a line; `None` if it has another prefix than the last ones, or is a piece.
    fn look_up(&mut self, line: &LineContext<'_>) -> Option<CachedLine> {
        if line.is_piece {
            return None;
        }
        let matched = self.prefix.match_line(line.text())?;
        let (record_time, facts) = self.cache.get(matched.message)?;
        // the identifier of the others may still show that this is a journal
        facts.is_journal_sign.then_some(CachedLine { timestamp: matched.timestamp, record_time, facts })
    }
}

fn push_hit(
    summary: &mut ChunkSummary,
    line: &LineContext<'_>,
    host: Option<u32>,
    timestamp: Option<Timestamp>,
    record_time: RecordTime,
    facts: LineFacts,
) {
    summary.hits.push(LineHit {
        line_index: line.index,
        range: line.range(),
        host,
        timestamp,
        record_time,
        facts,
        is_candidate: line.is_candidate && !line.is_piece,
    });
}

/// Returns the host of an entry; `None` if it names none.
fn named_host<'a>(entry: &'a Entry<'_>) -> Option<&'a str> {
    entry.host.as_deref().filter(|host| !host.is_empty())
}

/// Returns the end of a last line without a line end; `None` if the last line has one.
fn open_end(bytes: &[u8]) -> Option<usize> {
    (!bytes.is_empty() && !bytes.ends_with(b"\n")).then_some(bytes.len())
}
