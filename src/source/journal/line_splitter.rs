//! Splits chunks of bytes into lines, in bounded memory. Pure.

use crate::kubelet::LONGEST_LINE;

/// Mark at the end of a line that was cut.
const CUT_MARK: &str = " …[cut by blackout at 1 MiB]";

/// Splitter, which holds the start of an unfinished line.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    partial: Vec<u8>,
    /// Whether bytes of the unfinished line were left out.
    overflow: bool,
}

impl LineSplitter {
    /// Appends a chunk, and calls `line` with each line that it completes, without its line end. Invalid UTF-8 is
    /// replaced; empty lines are left out.
    pub(super) fn push(&mut self, chunk: &[u8], mut line: impl FnMut(String)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (head, tail) = (&rest[..end], &rest[end + 1..]);
            rest = tail;
            if self.partial.is_empty() && !self.overflow && head.len() <= LONGEST_LINE {
                emit(head, false, &mut line);
            } else {
                self.append(head);
                emit(&self.partial, self.overflow, &mut line);
                self.overflow = false;
                self.partial.clear();
                // A long line must not hold its memory for ever.
                self.partial.shrink_to(64 * 1024);
            }
        }
        self.append(rest);
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE - self.partial.len();
        self.overflow |= bytes.len() > room;
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn emit(bytes: &[u8], cut: bool, line: &mut impl FnMut(String)) {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.is_empty() {
        return;
    }
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if cut {
        text.push_str(CUT_MARK);
    }
    line(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (LineSplitter::default(), Vec::new());
        for chunk in chunks {
            lines.push(chunk, |line| out.push(line));
        }
        out
    }

    #[test]
    fn a_line_is_complete_wherever_its_chunks_end() {
        let text = "{\"a\":\"é\"}\n{\"b\":2}\n".as_bytes();
        for cut in 0..=text.len() {
            assert_eq!(lines_of(&[&text[..cut], &text[cut..]]), ["{\"a\":\"é\"}", "{\"b\":2}"], "cut at {cut}");
        }
    }

    #[test]
    fn an_unfinished_line_is_not_passed_on() {
        assert_eq!(lines_of(&[b"one\ntw", b"o"]), ["one"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_marked_and_the_next_is_complete() {
        let (mut lines, mut out) = (LineSplitter::default(), Vec::new());
        for _ in 0..40 {
            lines.push(&[b'x'; 64 * 1024], |line| out.push(line));
        }
        assert!(lines.partial.capacity() <= 2 * LONGEST_LINE, "memory is bounded");
        lines.push(b"x\nnext\n", |line| out.push(line));
        assert_eq!(out.len(), 2);
        assert_eq!(out[0].len(), LONGEST_LINE + CUT_MARK.len());
        assert!(out[0].ends_with(CUT_MARK));
        assert_eq!(out[1], "next");
    }

    #[test]
    fn a_long_line_in_one_chunk_is_cut() {
        let mut chunk = vec![b'y'; LONGEST_LINE + 1];
        chunk.push(b'\n');
        assert!(lines_of(&[&chunk])[0].ends_with(CUT_MARK));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_chunks_give_the_lines_of_one_chunk(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..400),
            cuts in proptest::collection::vec(0usize..400, 0..8),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(lines_of(&chunks), lines_of(&[&bytes]));
        }
    }
}
