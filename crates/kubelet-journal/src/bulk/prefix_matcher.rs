//! The prefix of a message: host, identifier and process, which are the same in line after line, and a time, which is
//! not.
//!
//! The matcher learns a prefix from a parsed line ([`entry`](crate::entry)) and compares the next lines with it byte by
//! byte. It returns a message only if `entry` would give the same one.

use crate::classify::prefilter::find_candidate;
use crate::klog::header::{has_header, starts_header};
use crate::line::entry::{Entry, LONGEST_LINE};
use crate::time::timestamp::{self, Timestamp};

/// Longest time in front of a line that is learned, in bytes; RFC 3339 with nanoseconds and a zone has 35.
const LONGEST_TIMESTAMP: usize = 40;

/// Longest prefix that is learned, in bytes; a host name has at most 64 (`HOST_NAME_MAX` of Linux).
const LONGEST_PREFIX: usize = 256;

/// A parser of the time that begins a line.
type TimestampParser = fn(&str) -> Option<(Timestamp, &str)>;

/// Recognizes the prefix that was learned from an earlier line of the same file.
#[derive(Clone, Debug, Default)]
pub struct PrefixMatcher {
    parser: Option<TimestampParser>,
    /// The time of the last line, as written.
    written: Vec<u8>,
    /// The time of the last line, parsed.
    timestamp: Option<Timestamp>,
    /// The bytes from the time to the message.
    middle: Vec<u8>,
    /// Whether a prefix was learned.
    is_learned: bool,
}

/// A line whose prefix was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedLine<'a> {
    /// The time in front of the line; `None` if the prefix has none.
    pub timestamp: Option<Timestamp>,
    /// The message, which begins with a klog header and may not be UTF-8.
    pub message: &'a [u8],
}

impl PrefixMatcher {
    /// Learns the prefix of a parsed line, instead of the one before. Returns whether it has one that can be
    /// recognized.
    pub fn learn(&mut self, line: &[u8], entry: &Entry<'_>) -> bool {
        self.is_learned = false;
        let line = without_line_end(line);
        let Some(length) = line.len().checked_sub(entry.message.len()) else { return false };
        let whole = !entry.partial && line.len() <= LONGEST_LINE && line[length..] == *entry.message.as_bytes();
        if !whole || length > LONGEST_PREFIX || !has_header(&entry.message) {
            return false;
        }
        let Ok(prefix) = std::str::from_utf8(&line[..length]) else { return false };
        let (parser, middle): (Option<TimestampParser>, _) = match entry.timestamp {
            None if prefix.is_empty() => (None, prefix),
            None => return false,
            Some(timestamp) => {
                let parsers: [TimestampParser; 2] = [timestamp::syslog, timestamp::iso];
                let found = parsers.into_iter().find_map(|parser| Some((parser, parser(prefix)?)));
                match found {
                    Some((parser, (parsed, rest))) if parsed == timestamp => (Some(parser), rest),
                    _ => return false,
                }
            }
        };
        let written = &prefix[..prefix.len() - middle.len()];
        // with a word of a failure in it, the prefix would make a candidate of every line
        if written.len() > LONGEST_TIMESTAMP || find_candidate(prefix.as_bytes(), 0).is_some() {
            return false;
        }
        self.parser = parser;
        self.timestamp = entry.timestamp;
        self.written.clear();
        self.written.extend_from_slice(written.as_bytes());
        self.middle.clear();
        self.middle.extend_from_slice(middle.as_bytes());
        self.is_learned = true;
        true
    }

    /// Returns the length of the prefix in bytes.
    #[must_use]
    #[inline]
    pub fn prefix_len(&self) -> usize {
        self.written.len() + self.middle.len()
    }

    /// Removes the prefix of a line; `None` if it is not the one that was learned, with a time of the same length.
    #[inline]
    pub fn match_line<'a>(&mut self, line: &'a [u8]) -> Option<MatchedLine<'a>> {
        let written = self.written.len();
        let start = self.prefix_len();
        if !self.is_learned || line.len() > LONGEST_LINE || line.get(written..start)? != self.middle {
            return None;
        }
        let message = without_line_end(&line[start..]);
        if !starts_header(message) {
            return None;
        }
        if line[..written] != *self.written {
            let text = std::str::from_utf8(&line[..written]).ok()?;
            let (timestamp, rest) = (self.parser?)(text)?;
            if !rest.is_empty() {
                return None;
            }
            self.timestamp = Some(timestamp);
            self.written.copy_from_slice(&line[..written]);
        }
        Some(MatchedLine { timestamp: self.timestamp, message })
    }
}

/// Returns a line without its end, as [`entry`](crate::entry) parses it.
#[inline]
fn without_line_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |last| last + 1);
    &line[..end]
}
