//! An input as chunks of bounded size that end where a line ends.
//!
//! A chunk never ends inside a line or between the pieces of a split one, so the lines are the same however the reads
//! cut the input. Of a line longer than [`LONGEST_LINE`] the rest is skipped: memory grows neither with the input nor
//! with its lines.

use std::io::{self, Read};

use super::continuation;
use crate::kubelet::LONGEST_LINE;

/// Bytes of a chunk if the input has as many (256 KiB): more than a thousand lines, so that the locks of `scan/pool.rs`
/// are seldom taken.
const CHUNK_SIZE: usize = 256 << 10;

/// Capacity of a buffer in bytes: a chunk, and a line that is longer than one.
const CAPACITY: usize = CHUNK_SIZE + 2 * LONGEST_LINE;

/// Bytes requested from the input at once (64 KiB).
const READ_SIZE: usize = 64 << 10;

/// Whole lines of the input.
pub(crate) struct LineChunk {
    buffer: Vec<u8>,
    length: usize,
    /// Offset of the chunk in the input, in bytes.
    pub(crate) start: u64,
    /// Offset in the input of the line before the chunk; `None` for the first chunk.
    pub(crate) previous_line: Option<u64>,
    /// Whether this is the end of the input.
    pub(crate) is_last: bool,
}

impl LineChunk {
    /// Returns the lines with their line ends; only the last line of the input may have none.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Returns the memory, for [`LineChunks::next`].
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// When a chunk is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushPolicy {
    /// When [`CHUNK_SIZE`] bytes were read.
    WhenFull,
    /// As soon as a line is complete.
    EveryLine,
}

/// Cuts an input into chunks.
pub(crate) struct LineChunks<R> {
    input: R,
    policy: FlushPolicy,
    /// Bytes that were read after the last chunk's end.
    carry: Vec<u8>,
    /// Offset of the next chunk in the input.
    start: u64,
    previous_line: Option<u64>,
    /// Whether the next bytes belong to a line of which [`LONGEST_LINE`] bytes were returned.
    is_skipping: bool,
    is_at_end: bool,
    failure: Option<io::Error>,
}

/// A buffer that is being filled.
struct ChunkBuffer {
    bytes: Vec<u8>,
    filled: usize,
}

impl ChunkBuffer {
    /// Starts a buffer with the bytes that the last one left over.
    fn new(mut recycled: Vec<u8>, carry: &mut Vec<u8>) -> Self {
        if recycled.len() < CAPACITY {
            recycled.resize(CAPACITY, 0);
        }
        let filled = carry.len();
        recycled[..filled].copy_from_slice(carry);
        carry.clear();
        Self { bytes: recycled, filled }
    }

    fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Returns the end of the last complete line at or after `from`; `None` if no line ends there.
    fn line_end(&self, from: usize) -> Option<usize> {
        memchr::memrchr(b'\n', &self.filled()[from..]).map(|at| from + at + 1)
    }

    /// Whether more would not help: the buffer is full, or its only line is longer than the parser reads.
    fn is_exhausted(&self) -> bool {
        self.filled >= CAPACITY || (self.filled > LONGEST_LINE && memchr::memchr(b'\n', self.filled()).is_none())
    }
}

/// The outcome of filling a buffer.
enum Fill {
    /// Bytes were added, as many as the policy asks for.
    Read,
    /// The writer of the input pauses.
    Paused,
    /// The input ended, or failed.
    End,
}

impl<R: Read> LineChunks<R> {
    pub(crate) fn new(input: R, policy: FlushPolicy) -> Self {
        Self {
            input,
            policy,
            carry: Vec::new(),
            start: 0,
            previous_line: None,
            is_skipping: false,
            is_at_end: false,
            failure: None,
        }
    }

    /// Takes the error that ended the input; `None` if it was read to its end.
    pub(crate) fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Returns the next chunk, in the memory of an old one; `None` at the end.
    pub(crate) fn next(&mut self, recycled: Vec<u8>) -> Option<LineChunk> {
        if self.is_at_end {
            return None;
        }
        let mut buffer = ChunkBuffer::new(recycled, &mut self.carry);
        // the carried bytes have no line that could be returned without the next one
        let mut searched = buffer.filled;
        loop {
            let end = match self.fill(&mut buffer) {
                Fill::End if buffer.filled == 0 => return None,
                Fill::End => Some(buffer.filled),
                // a complete line is returned, although the next one might continue it
                Fill::Paused => buffer.line_end(0),
                Fill::Read => buffer.line_end(searched.min(buffer.filled)).and_then(|end| {
                    Some(continuation::complete_length(&buffer.bytes[..end])).filter(|length| *length > 0)
                }),
            };
            if let Some(end) = end {
                return Some(self.cut(buffer, end));
            }
            searched = buffer.filled;
            if buffer.is_exhausted() {
                return Some(self.cut_long_line(buffer));
            }
        }
    }

    /// Reads as much as the policy asks for.
    fn fill(&mut self, buffer: &mut ChunkBuffer) -> Fill {
        let wanted = match self.policy {
            FlushPolicy::WhenFull => CHUNK_SIZE.max(buffer.filled + READ_SIZE),
            FlushPolicy::EveryLine => buffer.filled + READ_SIZE,
        };
        let wanted = wanted.min(CAPACITY);
        while buffer.filled < wanted {
            match self.input.read(&mut buffer.bytes[buffer.filled..wanted]) {
                Ok(0) => {
                    self.is_at_end = true;
                    return Fill::End;
                }
                Ok(read) => {
                    self.keep(buffer, read);
                    if self.policy == FlushPolicy::EveryLine {
                        return Fill::Read;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Fill::Paused,
                Err(error) => {
                    self.is_at_end = true;
                    self.failure = Some(error);
                    return Fill::End;
                }
            }
        }
        Fill::Read
    }

    /// Adds the bytes that were read behind the filled ones, without the rest of a line that is skipped.
    fn keep(&mut self, buffer: &mut ChunkBuffer, read: usize) {
        let (from, to) = (buffer.filled, buffer.filled + read);
        if !self.is_skipping {
            buffer.filled = to;
            return;
        }
        let Some(line_end) = memchr::memchr(b'\n', &buffer.bytes[from..to]) else {
            self.start += read as u64;
            return;
        };
        let skipped = line_end + 1;
        self.is_skipping = false;
        self.start += skipped as u64;
        buffer.bytes.copy_within(from + skipped..to, from);
        buffer.filled = to - skipped;
    }

    /// Returns the first `end` bytes as a chunk and carries the others over.
    fn cut(&mut self, buffer: ChunkBuffer, end: usize) -> LineChunk {
        self.carry.extend_from_slice(&buffer.filled()[end..]);
        let chunk = LineChunk {
            buffer: buffer.bytes,
            length: end,
            start: self.start,
            previous_line: self.previous_line,
            is_last: self.is_at_end,
        };
        let before_last = &chunk.bytes()[..end.saturating_sub(1)];
        let last_line = memchr::memrchr(b'\n', before_last).map_or(0, |before| before + 1);
        self.previous_line = Some(self.start + last_line as u64);
        self.start += end as u64;
        chunk
    }

    /// Returns the complete lines of a buffer that is full of pieces of one line; if there is none, the beginning of
    /// its line, and skips the rest of it.
    fn cut_long_line(&mut self, buffer: ChunkBuffer) -> LineChunk {
        let end = buffer.line_end(0);
        self.is_skipping = end.is_none();
        let end = end.unwrap_or(buffer.filled);
        self.cut(buffer, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns at most a fixed number of bytes from each read.
    struct DripReader<'a>(&'a [u8], usize);

    impl Read for DripReader<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    /// The start, the previous line and the bytes of each chunk.
    fn chunks(input: &[u8], drip: usize, policy: FlushPolicy) -> Vec<(u64, Option<u64>, Vec<u8>)> {
        let mut chunks = LineChunks::new(DripReader(input, drip), policy);
        let mut all = Vec::new();
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next(buffer) {
            all.push((chunk.start, chunk.previous_line, chunk.bytes().to_vec()));
            buffer = chunk.into_buffer();
        }
        all
    }

    #[test]
    fn a_line_is_returned_as_soon_as_it_is_complete() {
        let chunks = chunks(b"one\ntwo\nthree", 4, FlushPolicy::EveryLine);
        let chunks: Vec<_> = chunks.iter().map(|(start, previous, bytes)| (*start, *previous, &bytes[..])).collect();
        assert_eq!(chunks, [(0, None, &b"one\n"[..]), (4, Some(0), b"two\n"), (8, Some(4), b"three")]);
    }

    #[test]
    fn an_empty_input_has_no_chunk() {
        assert_eq!(chunks(b"", 1, FlushPolicy::WhenFull), []);
    }

    #[test]
    fn the_rest_of_an_endless_line_is_skipped() {
        let mut input = vec![b'x'; 5 * LONGEST_LINE];
        input.extend_from_slice(b"\nnext\n");
        let chunks = chunks(&input, 1 << 16, FlushPolicy::WhenFull);
        assert!(chunks[0].2.len() > LONGEST_LINE && chunks[0].2.len() <= CAPACITY);
        assert_eq!(chunks[1].2, b"next\n");
        assert_eq!((chunks[1].0, chunks.len()), (5 * LONGEST_LINE as u64 + 1, 2));
    }
}
