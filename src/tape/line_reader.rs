//! Reads the lines of a tape within bounds, whatever the input holds.

use std::io::{self, BufRead, Read};

/// Longest line that is read, in bytes. A journal line has 1 MB at most, and escaping makes it longer; JSON of two
/// bytes takes up to 32 bytes of memory while it is parsed.
pub(super) const MAX_LINE: usize = 2 << 20;

/// How reading a line ended.
#[derive(PartialEq)]
pub(super) enum LineEnd {
    /// The line was read, with or without a line feed.
    Complete,
    /// The line is longer than [`MAX_LINE`] and was skipped.
    TooLong,
    /// The input continues beyond the bytes that may be read.
    Limit,
    /// There are no more lines.
    EndOfInput,
}

/// Reads a line of at most [`MAX_LINE`] bytes into `line`, or skips a longer one, reading no more than `limit` bytes.
/// Returns how it ended and how many bytes were read.
///
/// # Errors
///
/// If `input` can't be read.
pub(super) fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>, limit: u64) -> io::Result<(LineEnd, u64)> {
    line.clear();
    let read = input.by_ref().take(limit.min(MAX_LINE as u64)).read_until(b'\n', line)? as u64;
    let terminated = line.last() == Some(&b'\n');
    let end = if terminated {
        LineEnd::Complete
    } else if read == limit {
        let more = !input.fill_buf()?.is_empty();
        if more {
            LineEnd::Limit
        } else if read == 0 {
            LineEnd::EndOfInput
        } else {
            LineEnd::Complete
        }
    } else if read == 0 {
        LineEnd::EndOfInput
    } else if read < MAX_LINE as u64 {
        LineEnd::Complete
    } else {
        let skipped = skip_line(input, limit - read)?;
        let reached_limit = skipped == limit - read;
        return Ok(if reached_limit { (LineEnd::Limit, limit) } else { (LineEnd::TooLong, read + skipped) });
    };
    Ok((end, read))
}

/// Skips the rest of a line, but no more than `limit` bytes. Returns how many bytes were skipped.
fn skip_line(input: &mut impl BufRead, limit: u64) -> io::Result<u64> {
    let mut rest = input.by_ref().take(limit);
    rest.skip_until(b'\n')?;
    Ok(limit - rest.limit())
}
