//! Lines from chunks that are cut anywhere, in bounded memory. Pure.

/// The longest line that is kept.
const LONGEST: usize = 1 << 20;
/// Ends a line that was longer.
const CUT: &str = " …[cut by blackout at 1 MiB]";

/// The start of a line whose end has not come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    overflow: bool,
}

impl Lines {
    /// Takes a chunk and hands out every line that it completes, without its line end, invalid UTF-8 replaced.
    pub(super) fn push(&mut self, chunk: &[u8], mut line: impl FnMut(String)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (head, tail) = (&rest[..end], &rest[end + 1..]);
            rest = tail;
            if self.partial.is_empty() && !self.overflow && head.len() <= LONGEST {
                emit(head, false, &mut line);
            } else {
                self.keep(head);
                emit(&self.partial, self.overflow, &mut line);
                self.overflow = false;
                self.partial.clear();
                // a hostile line must not hold its megabyte for ever
                self.partial.shrink_to(64 * 1024);
            }
        }
        self.keep(rest);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST - self.partial.len();
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
        text.push_str(CUT);
    }
    line(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for chunk in chunks {
            lines.push(chunk, |line| out.push(line));
        }
        out
    }

    #[test]
    fn a_line_is_whole_wherever_it_was_cut() {
        let text = "{\"a\":\"é\"}\n{\"b\":2}\n".as_bytes();
        for cut in 0..=text.len() {
            assert_eq!(lines_of(&[&text[..cut], &text[cut..]]), ["{\"a\":\"é\"}", "{\"b\":2}"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_handed_out() {
        assert_eq!(lines_of(&[b"one\ntw", b"o"]), ["one"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_marked_and_the_next_is_whole() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for _ in 0..40 {
            lines.push(&[b'x'; 64 * 1024], |line| out.push(line));
        }
        assert!(lines.partial.capacity() <= 2 * LONGEST, "memory is bounded");
        lines.push(b"x\nnext\n", |line| out.push(line));
        assert_eq!(out.len(), 2);
        assert_eq!(out[0].len(), LONGEST + CUT.len());
        assert!(out[0].ends_with(CUT));
        assert_eq!(out[1], "next");
    }

    #[test]
    fn a_long_line_in_one_chunk_is_cut_too() {
        let mut chunk = vec![b'y'; LONGEST + 1];
        chunk.push(b'\n');
        assert!(lines_of(&[&chunk])[0].ends_with(CUT));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_chunks_give_the_lines_of_the_whole(
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
