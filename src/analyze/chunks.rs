//! An input in chunks that end where a line ends, of bounded size, whatever the input is like.
//!
//! Splitting the input elsewhere gives the same lines: a chunk never ends inside a line or between the pieces of one. Of a line longer than
//! the reader looks at, the rest is passed over. Memory does not grow with the input or with its lines.

use std::io::{self, Read};

use super::wrapped;
use crate::kubelet::LONGEST_LINE;

/// Bytes of a chunk where there are enough.
pub(super) const CHUNK: usize = 256 << 10;

/// Room for a chunk, and for a line that is longer than one.
const ROOM: usize = CHUNK + 2 * LONGEST_LINE;

/// How much is asked for at once where an answer is wanted at once.
const SIP: usize = 64 * 1024;

/// Whole lines of the input.
pub(super) struct Chunk {
    buffer: Vec<u8>,
    length: usize,
    /// Bytes of the input before it.
    pub(super) start: u64,
    /// Where the line before it starts in the input.
    pub(super) previous: Option<u64>,
    /// Nothing follows.
    pub(super) last: bool,
}

impl Chunk {
    /// The lines; all but the last of the input end with a line end.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// The memory, to be used again.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// When a chunk is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// When it is full.
    Full,
    /// As soon as a line is there.
    AtOnce,
}

/// Cuts an input into chunks.
pub(super) struct Chunks<R> {
    input: R,
    pace: Pace,
    /// What follows the last chunk.
    carry: Vec<u8>,
    start: u64,
    previous: Option<u64>,
    /// In a line of which enough was handed out.
    skipping: bool,
    /// The input has ended.
    ended: bool,
    /// The last chunk was handed out.
    done: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Chunks<R> {
    pub(super) fn new(input: R, pace: Pace) -> Self {
        Self {
            input,
            pace,
            carry: Vec::new(),
            start: 0,
            previous: None,
            skipping: false,
            ended: false,
            done: false,
            failure: None,
        }
    }

    /// Why the input ended before its end.
    pub(super) fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// The next chunk, in the memory of an old one; nothing at the end. An empty input has none.
    pub(super) fn next(&mut self, mut buffer: Vec<u8>) -> Option<Chunk> {
        if self.done {
            return None;
        }
        if buffer.len() < ROOM {
            buffer.resize(ROOM, 0);
        }
        let mut filled = self.carry.len();
        buffer[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        // what is carried holds no settled line
        let mut looked = filled;
        loop {
            let sip = filled + SIP;
            let end = ROOM.min(if self.pace == Pace::Full { sip.max(CHUNK) } else { sip });
            while filled < end && !self.ended {
                match self.input.read(&mut buffer[filled..end]) {
                    Ok(0) => self.ended = true,
                    Ok(read) => {
                        filled = self.skip(&mut buffer, filled, read);
                        if self.pace == Pace::AtOnce {
                            break;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // whoever writes has paused: what is whole is handed out, though it might go on
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if let Some(end) = memchr::memrchr(b'\n', &buffer[..filled]) {
                            return Some(self.cut(buffer, filled, end + 1));
                        }
                    }
                    // what came before counts
                    Err(error) => {
                        self.ended = true;
                        self.failure = Some(error);
                    }
                }
            }
            if self.ended {
                self.done = true;
                return (filled > 0).then(|| self.cut(buffer, filled, filled));
            }
            if let Some(end) = memchr::memrchr(b'\n', &buffer[looked.min(filled)..filled]) {
                let end = looked + end + 1;
                let settled = wrapped::settled(&buffer[..end]);
                if settled > 0 {
                    return Some(self.cut(buffer, filled, settled));
                }
            }
            looked = filled;
            if filled >= ROOM || (filled > LONGEST_LINE && memchr::memchr(b'\n', &buffer[..filled]).is_none()) {
                return Some(self.cut_long(buffer, filled));
            }
        }
    }

    /// Passes over the rest of a line that was too long; gives back how much the buffer then holds.
    fn skip(&mut self, buffer: &mut [u8], filled: usize, read: usize) -> usize {
        if !self.skipping {
            return filled + read;
        }
        let fresh = &buffer[filled..filled + read];
        match memchr::memchr(b'\n', fresh) {
            None => {
                self.start += read as u64;
                filled
            }
            Some(end) => {
                self.skipping = false;
                self.start += end as u64 + 1;
                buffer.copy_within(filled + end + 1..filled + read, filled);
                filled + read - end - 1
            }
        }
    }

    /// Hands out the first `end` bytes and keeps the others.
    fn cut(&mut self, buffer: Vec<u8>, filled: usize, end: usize) -> Chunk {
        self.carry.extend_from_slice(&buffer[end..filled]);
        let chunk = Chunk {
            length: end,
            start: self.start,
            previous: self.previous,
            last: self.ended && self.carry.is_empty(),
            buffer,
        };
        let last = memchr::memrchr(b'\n', &chunk.buffer[..end.saturating_sub(1)]).map_or(0, |before| before + 1);
        self.previous = Some(self.start + last as u64);
        self.start += end as u64;
        chunk
    }

    /// Hands out what is looked at of a line that does not end, or a buffer full of pieces.
    fn cut_long(&mut self, buffer: Vec<u8>, filled: usize) -> Chunk {
        if let Some(end) = memchr::memrchr(b'\n', &buffer[..filled]) {
            return self.cut(buffer, filled, end + 1);
        }
        let chunk = self.cut(buffer, filled, filled);
        self.skipping = true;
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let taken = self.1.min(buffer.len()).min(self.0.len());
            buffer[..taken].copy_from_slice(&self.0[..taken]);
            self.0 = &self.0[taken..];
            Ok(taken)
        }
    }

    fn pieces(input: &[u8], drip: usize, pace: Pace) -> Vec<(u64, Option<u64>, Vec<u8>)> {
        let mut chunks = Chunks::new(Drip(input, drip), pace);
        let mut all = Vec::new();
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next(buffer) {
            all.push((chunk.start, chunk.previous, chunk.bytes().to_vec()));
            buffer = chunk.into_buffer();
        }
        all
    }

    #[test]
    fn a_line_is_handed_out_as_soon_as_it_is_there() {
        let told = pieces(b"one\ntwo\nthree", 4, Pace::AtOnce);
        let told: Vec<_> = told.iter().map(|(start, previous, bytes)| (*start, *previous, &bytes[..])).collect();
        assert_eq!(told, [(0, None, &b"one\n"[..]), (4, Some(0), b"two\n"), (8, Some(4), b"three")]);
    }

    #[test]
    fn an_empty_input_has_no_chunk() {
        assert_eq!(pieces(b"", 1, Pace::Full), []);
    }

    #[test]
    fn of_an_endless_line_only_the_beginning_is_kept() {
        let mut input = vec![b'x'; 5 * LONGEST_LINE];
        input.extend_from_slice(b"\nnext\n");
        let told = pieces(&input, 1 << 16, Pace::Full);
        assert!(told[0].2.len() > LONGEST_LINE && told[0].2.len() <= ROOM);
        assert_eq!(told[1].2, b"next\n");
        assert_eq!((told[1].0, told.len()), (5 * LONGEST_LINE as u64 + 1, 2));
    }
}
