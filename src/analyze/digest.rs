//! From a chunk to what matters in it: the half of the work that any number of threads can do at once.
//!
//! Most lines of a journal cannot be about a failed call; the sieve passes over them without looking at where they begin. What it catches is
//! read whole, once for each kind of line. Nothing here depends on what came before the chunk.

use crate::kubelet::{
    Entry, RecordTime, Timestamp,
    bulk::{PrefixMatcher, ReadingCache, find_candidate},
    entry, is_kubelet, read, record,
};

use super::{
    chunks::Chunk,
    kinds::{Kinds, Made, Sorter},
    wrapped,
};

/// A line is looked at for its time at least once in so many bytes, whatever it says.
const SAMPLE: u64 = 64 * 1024;

/// Which lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Every line.
    Every,
    /// Those that can matter, and a sample of the others.
    Sifted,
}

/// A line that was read.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// Which line of the chunk, from 0.
    pub(super) line: u32,
    /// Where it is in the chunk.
    pub(super) at: std::ops::Range<usize>,
    /// Which of the digest's hosts wrote it.
    pub(super) host: Option<u32>,
    pub(super) stamp: Option<Timestamp>,
    pub(super) written: RecordTime,
    pub(super) made: Made,
    /// It has a word of a failure.
    pub(super) speaks: bool,
}

/// What matters in a chunk.
#[derive(Debug, Default)]
pub(super) struct Digest {
    pub(super) lines: u64,
    pub(super) findings: Vec<Finding>,
    pub(super) hosts: Vec<Box<str>>,
    /// Some line is that of a kubelet.
    pub(super) is_journal: bool,
}

impl Digest {
    /// The memory of its findings, to be used again.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.clear();
        self.findings
    }
}

/// Digests chunks, for one thread.
#[derive(Default)]
pub(super) struct Digester {
    memory: ReadingCache<Made>,
    sorter: Sorter,
    lead: PrefixMatcher,
    /// The host of the line that the lead was learnt from.
    host: Option<Box<str>>,
}

impl Digester {
    /// What matters in a chunk. While it is not known that the input is a journal (`known`), every line is looked at.
    /// `findings` is memory for them, empty.
    pub(super) fn digest(
        &mut self,
        chunk: &Chunk,
        depth: Depth,
        known: bool,
        kinds: &Kinds,
        findings: Vec<Finding>,
    ) -> Digest {
        let bytes = chunk.bytes();
        let mut digest = Digest { is_journal: known, findings, ..Digest::default() };
        let mut sieve = Sieve { bytes, found: None };
        let mut samples = Samples::of(chunk);
        let mut start = 0;
        let mut index = 0;
        let mut end_of_last = None;
        // where the pieces of a line end that were read with it
        let mut joined = 0;
        for end in memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain(open_end(bytes)) {
            let line = &bytes[start..end];
            let sampled = samples.takes(start);
            let piece = start < joined;
            let known = if piece { None } else { self.complaint(line) };
            let speaks = known.map_or_else(|| sieve.catches(start..end), |known| known.made.speaks);
            if depth == Depth::Every || speaks || sampled || wrapped::fills_page(line) || !digest.is_journal {
                let place = Place { line: index, speaks, piece };
                joined = joined.max(self.read(&mut digest, bytes, start..end, place, known, kinds));
                end_of_last = Some(end);
            }
            index += 1;
            start = end;
        }
        digest.lines = u64::from(index);
        // the last line of the input tells how far it reaches
        if chunk.last && end_of_last != Some(bytes.len()) {
            let end = bytes.trim_ascii_end().len();
            let start = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |before| before + 1);
            let line = memchr::memchr_iter(b'\n', &bytes[..start]).count() as u32;
            if digest.findings.last().is_none_or(|finding| finding.line < line) {
                let piece = start < joined;
                self.read(&mut digest, bytes, start..end, Place { line, speaks: false, piece }, None, kinds);
            }
        }
        digest
    }

    /// Reads a line; gives back where the pieces end that were read with it.
    fn read(
        &mut self,
        digest: &mut Digest,
        bytes: &[u8],
        at: std::ops::Range<usize>,
        place: Place,
        known: Option<Known>,
        kinds: &Kinds,
    ) -> usize {
        let text = &bytes[at.clone()];
        let known = known.or_else(|| if place.piece { None } else { self.recall(text) });
        if let Some(Known { stamp, written, made }) = known
            && (made.alone.failed || !(wrapped::fills_page(text) || place.speaks && made.alone.open))
        {
            digest.is_journal |= made.is_sign;
            let host = self.host.as_deref().map(|host| host_id(&mut digest.hosts, host));
            let (end, line, speaks) = (at.end, place.line, place.speaks);
            digest.findings.push(Finding { line, at, host, stamp, written, made, speaks });
            return end;
        }
        let entry = whole_entry(text);
        if self.lead.learn(text, &entry) {
            self.host = entry.host.as_deref().filter(|host| !host.is_empty()).map(Box::from);
        }
        let Self { memory, sorter, .. } = self;
        let message = if place.piece { "" } else { &*entry.message };
        let (mut written, mut made) = memory.get_or_read(message, |record, reading| {
            let speaks = find_candidate(message.as_bytes(), 0).is_some();
            Made { speaks, ..sorter.make(kinds, record, reading) }
        });
        let mut end = at.end;
        if !made.alone.failed
            && !place.piece
            && (place.speaks || wrapped::fills_page(text))
            && let Some(whole) = wrapped::whole(text, &entry, made.alone, &bytes[at.end..])
        {
            let record = record(&whole.message);
            made = sorter.make(kinds, &record, &read(&record));
            written = record.time();
            end += whole.pieces;
        }
        digest.is_journal |= made.is_sign || entry.identifier.as_deref().is_some_and(is_kubelet);
        let host = entry.host.as_deref().filter(|host| !host.is_empty()).map(|host| host_id(&mut digest.hosts, host));
        let speaks = place.speaks && !place.piece;
        digest.findings.push(Finding { line: place.line, at, host, stamp: entry.timestamp, written, made, speaks });
        end
    }

    /// What was made of a line like this one, if it says of itself that something is wrong. Most lines that do not are passed over by the sieve
    /// sooner than they could be recalled.
    fn complaint(&mut self, line: &[u8]) -> Option<Known> {
        let letter = line.get(self.lead.prefix_len())?;
        if *letter == b'I' { None } else { self.recall(line) }
    }

    /// What was made of a line like this one.
    fn recall(&mut self, line: &[u8]) -> Option<Known> {
        let led = self.lead.match_line(line)?;
        let (written, made) = self.memory.get(led.message)?;
        // without one, its identifier may say that this is a journal
        made.is_sign.then_some(Known { stamp: led.timestamp, written, made })
    }
}

/// A line like one that was read before.
#[derive(Clone, Copy, Debug)]
struct Known {
    stamp: Option<Timestamp>,
    written: RecordTime,
    made: Made,
}

/// What is known of a line before it is read.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Which line of the chunk.
    line: u32,
    /// It has a word of a failure.
    speaks: bool,
    /// It was read with a line before it.
    piece: bool,
}

/// An entry without what a power loss leaves in front of a line.
pub(super) fn whole_entry(line: &[u8]) -> Entry<'_> {
    let zeros = line.iter().take_while(|byte| **byte == 0).count();
    entry(&line[zeros..])
}

fn host_id(hosts: &mut Vec<Box<str>>, host: &str) -> u32 {
    // nearly always the one of the line before
    let known = hosts.iter().rposition(|known| **known == *host);
    known.unwrap_or_else(|| {
        hosts.push(host.into());
        hosts.len() - 1
    }) as u32
}

/// The end of a last line without a line end.
fn open_end(bytes: &[u8]) -> Option<usize> {
    (!bytes.is_empty() && !bytes.ends_with(b"\n")).then_some(bytes.len())
}

/// The next place with a word of a failure.
struct Sieve<'a> {
    bytes: &'a [u8],
    /// The first place at or after some line's start; `bytes.len()` when there is none.
    found: Option<usize>,
}

impl Sieve<'_> {
    /// Whether a line has such a word within what is looked at of it. Lines are asked for in their order.
    fn catches(&mut self, line: std::ops::Range<usize>) -> bool {
        let found = match self.found {
            Some(found) if found >= line.start => found,
            _ => {
                let found = find_candidate(self.bytes, line.start).unwrap_or(self.bytes.len());
                self.found = Some(found);
                found
            }
        };
        found < line.end.min(line.start + crate::kubelet::LONGEST_LINE)
    }
}

/// Which lines are a sample: the first that begins at or after each multiple of [`SAMPLE`] bytes, wherever chunks begin.
struct Samples {
    start: u64,
    before: Option<u64>,
}

impl Samples {
    fn of(chunk: &Chunk) -> Self {
        Self { start: chunk.start, before: chunk.previous.map(|at| at / SAMPLE) }
    }

    fn takes(&mut self, line: usize) -> bool {
        let window = (self.start + line as u64) / SAMPLE;
        self.before.replace(window) != Some(window)
    }
}
