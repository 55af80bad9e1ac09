//! Reads a tape, whatever state it is in.
//!
//! Only a header that is missing, wrong or of a newer version is an error. Every other damage is counted and the rest
//! plays: a line that is cut, too long, no UTF-8 or no JSON, a kind that this version does not know, a time that is
//! negative or runs backwards.

use std::io::{self, BufRead, Read};

use chrono::Duration;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Header, VERSION};
use crate::observation::{Observation, Stamped};

/// Bytes of a line; the longest line of a kubelet that was seen has some 100 kB.
const LONGEST_LINE: usize = 4 << 20;

/// A tape that cannot be played at all.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// Its first line is no header.
    #[error(
        "it is no tape: its first line is not {{\"blackout_tape\":{VERSION},…}} ({0}); `blackout replay` lists the tapes"
    )]
    Header(#[source] serde_json::Error),
    /// A newer program wrote it.
    #[error("it was written in version {0} of the format, and this program reads up to {VERSION}: update blackout")]
    Newer(u32),
}

/// What could not be played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// Lines of a kind that this version does not know.
    pub unknown: u64,
    /// Lines that are cut, too long or no JSON.
    pub broken: u64,
    /// Lines whose time was before that of the line before; they play at its time.
    pub out_of_order: u64,
}

impl Damage {
    /// One line for a person; nothing where all is well.
    pub fn sentence(&self) -> Option<String> {
        let parts = [
            (self.unknown, "of an unknown kind (of a newer program?) skipped"),
            (self.broken, "broken, cut or too long skipped"),
            (self.out_of_order, "with a time out of order played at the time of the line before"),
        ];
        let said: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (!said.is_empty()).then(|| format!("damaged lines on the tape: {}", said.join(", ")))
    }
}

/// A tape in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// Its first line.
    pub header: Header,
    /// What was said, in order.
    pub stamped: Vec<Stamped>,
    /// What could not be played.
    pub damage: Damage,
}

#[derive(Deserialize)]
struct Line<'a> {
    t: i64,
    #[serde(borrow)]
    o: &'a RawValue,
}

impl Tape {
    /// Reads a tape to its end, or to its last whole line.
    pub fn read(mut input: impl BufRead) -> Result<Self, TapeError> {
        let mut line = Vec::new();
        let header = header_in(&mut input, &mut line)?;
        let mut tape = Self { header, stamped: Vec::new(), damage: Damage::default() };
        loop {
            match next_line(&mut input, &mut line)? {
                LineEnd::End => return Ok(tape),
                LineEnd::TooLong => tape.damage.broken += 1,
                LineEnd::Whole if line.iter().all(u8::is_ascii_whitespace) => {}
                LineEnd::Whole => tape.line(&line),
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        let Ok(Line { t, o }) = serde_json::from_slice::<Line<'_>>(line) else {
            self.damage.broken += 1;
            return;
        };
        let observation = match serde_json::from_str::<Observation>(o.get()) {
            Ok(observation) => observation,
            Err(error) => {
                // serde's word for a tag that is none of the variants
                let unknown = error.to_string().starts_with("unknown variant");
                *(if unknown { &mut self.damage.unknown } else { &mut self.damage.broken }) += 1;
                return;
            }
        };
        let earliest = self.stamped.last().map_or(self.header.started, |last| last.at);
        let at = Duration::try_milliseconds(t).and_then(|t| self.header.started.checked_add_signed(t));
        let at = match at {
            Some(at) if at >= earliest => at,
            _ => {
                self.damage.out_of_order += 1;
                earliest
            }
        };
        self.stamped.push(Stamped { at, observation });
    }
}

/// Reads the header alone.
pub(super) fn header(mut input: impl BufRead) -> Result<Header, TapeError> {
    header_in(&mut input, &mut Vec::new())
}

fn header_in(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<Header, TapeError> {
    #[derive(Deserialize)]
    struct Version {
        blackout_tape: u32,
    }
    if next_line(input, line)? == LineEnd::End {
        return Err(TapeError::Empty);
    }
    // a newer header may have any form, but its version
    match serde_json::from_slice(line).map_err(TapeError::Header)? {
        Version { blackout_tape } if blackout_tape > VERSION => Err(TapeError::Newer(blackout_tape)),
        Version { .. } => serde_json::from_slice(line).map_err(TapeError::Header),
    }
}

#[derive(PartialEq)]
enum LineEnd {
    Whole,
    TooLong,
    End,
}

/// Reads a line into `line`, in bounded memory; a longer one is passed over to its end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<LineEnd> {
    line.clear();
    let read = input.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(LineEnd::End);
    }
    if line.last() == Some(&b'\n') || read < LONGEST_LINE {
        return Ok(LineEnd::Whole);
    }
    input.skip_until(b'\n')?;
    Ok(LineEnd::TooLong)
}
