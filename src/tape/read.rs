//! Reads a tape, whatever state it is in.
//!
//! Only a header that is missing, wrong or of a newer version is an error. Every other damage is counted and the rest
//! plays: a line that is cut, too long, no UTF-8 or no JSON, a kind that this version does not know, a time that is
//! negative, runs backwards or lies outside the years that are played. A tape beyond the limits of
//! [`budget`](super::budget) plays up to the limit.

use std::io::{self, BufRead, Read};

use chrono::{Datelike as _, Duration};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Header, VERSION,
    budget::{Budget, Cut, Limit, TEXT},
};
use crate::observation::{LATEST, Observation, Stamped, Time, is_in_range};

/// Bytes of a line: a journal line has 1 MB at most, and its escapes take more. JSON of two bytes takes up to 32 bytes
/// of memory while it is parsed.
const LONGEST_LINE: usize = 2 << 20;

/// Bytes that a line counts for at least, so that gigabytes of empty lines end soon: no observation is shorter.
const SHORTEST: u64 = 32;

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
    /// Its run began in a year that no clock shows.
    #[error(
        "its header says that the run began in the year {0}, which is not from 1970 to 9999: correct `started` in its \
         first line"
    )]
    Started(i32),
    /// Its first line does not end.
    #[error("it is no tape: its first line is longer than {} kB; `blackout replay` lists the tapes", LONGEST_LINE >> 10)]
    Endless,
    /// It is no file.
    #[error("it is {0}, not a file; `-` reads standard input")]
    NotAFile(&'static str),
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
    /// Lines whose time was before that of the line before, or beyond the year 9999; they play at the time of the line
    /// before.
    pub out_of_order: u64,
    /// Facts that name a time outside the years 1970 to 9999; they play with the nearest time inside.
    pub out_of_range: u64,
    /// Where the tape was cut because it goes beyond a limit; `None` if it plays whole.
    pub cut: Option<Cut>,
}

impl Damage {
    /// Says in one line what is damaged and where the tape was cut; `None` if it plays whole.
    pub fn sentence(&self) -> Option<String> {
        let parts = [self.damaged(), self.cut.map(|cut| cut.to_string())];
        let said: Vec<String> = parts.into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    fn damaged(&self) -> Option<String> {
        let parts = [
            (self.unknown, "of an unknown kind (of a newer program?) skipped"),
            (self.broken, "broken, cut or too long skipped"),
            (self.out_of_order, "with a time out of order played at the time of the line before"),
            (self.out_of_range, "with a fact outside the years 1970 to 9999 moved to the nearest"),
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
    /// Reads a tape to its end, to its last whole line, or to the limit that it goes beyond.
    ///
    /// # Errors
    ///
    /// If it has no header that this version can read, or if `input` can't be read.
    pub fn read(input: impl BufRead) -> Result<Self, TapeError> {
        Self::read_within(TEXT, input)
    }

    /// Reads no more than `most` bytes.
    pub(super) fn read_within(most: u64, mut input: impl BufRead) -> Result<Self, TapeError> {
        let mut line = Vec::new();
        let header = header_in(&mut input, &mut line)?;
        let mut tape = Self { header, stamped: Vec::new(), damage: Damage::default() };
        let mut budget = Budget::default();
        let mut text = line.len() as u64;
        for number in 2.. {
            let (end, bytes) = next_line(&mut input, &mut line, most.saturating_sub(text))?;
            text += bytes.max(SHORTEST);
            let within = match end {
                LineEnd::End => break,
                LineEnd::Limit => Err(Limit::Text),
                LineEnd::TooLong => {
                    tape.damage.broken += 1;
                    Ok(())
                }
                LineEnd::Whole if line.iter().all(u8::is_ascii_whitespace) => Ok(()),
                LineEnd::Whole => tape.line(&line, &mut budget),
            };
            if let Err(limit) = within {
                tape.cut(number, limit);
                break;
            }
        }
        Ok(tape)
    }

    fn line(&mut self, line: &[u8], budget: &mut Budget) -> Result<(), Limit> {
        let Ok(Line { t, o }) = serde_json::from_slice::<Line<'_>>(line) else {
            self.damage.broken += 1;
            return Ok(());
        };
        let mut observation = match serde_json::from_str::<Observation>(o.get()) {
            Ok(observation) => observation,
            Err(error) => {
                // serde's word for a tag that is none of the variants
                let unknown = error.to_string().starts_with("unknown variant");
                *(if unknown { &mut self.damage.unknown } else { &mut self.damage.broken }) += 1;
                return Ok(());
            }
        };
        budget.take(&observation)?;
        self.damage.out_of_range += u64::from(observation.clamp_times());
        let earliest = self.end();
        let at = Duration::try_milliseconds(t).and_then(|t| self.header.started.checked_add_signed(t));
        let at = at.filter(|at| (earliest..=LATEST).contains(at)).unwrap_or_else(|| {
            self.damage.out_of_order += 1;
            earliest
        });
        self.stamped.push(Stamped { at, observation });
        Ok(())
    }

    /// Returns the time of the last observation, or of the start if there is none.
    pub fn end(&self) -> Time {
        self.stamped.last().map_or(self.header.started, |last| last.at)
    }

    /// Notes that the tape ends before `line`.
    pub(super) fn cut(&mut self, line: u64, limit: Limit) {
        self.damage.cut = Some(Cut { line, at: self.end(), limit });
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
    // what follows a first line that is too long is of no use: it is not read
    match next_line(input, line, LONGEST_LINE as u64)?.0 {
        LineEnd::End => return Err(TapeError::Empty),
        LineEnd::TooLong | LineEnd::Limit => return Err(TapeError::Endless),
        LineEnd::Whole => {}
    }
    // a newer header may have any form, but its version
    let header: Header = match serde_json::from_slice(line).map_err(TapeError::Header)? {
        Version { blackout_tape } if blackout_tape > VERSION => return Err(TapeError::Newer(blackout_tape)),
        Version { .. } => serde_json::from_slice(line).map_err(TapeError::Header)?,
    };
    match is_in_range(header.started) {
        true => Ok(header),
        false => Err(TapeError::Started(header.started.year())),
    }
}

#[derive(PartialEq)]
enum LineEnd {
    Whole,
    TooLong,
    /// The input goes on beyond the bytes that may be read.
    Limit,
    End,
}

/// Reads a line of at most [`LONGEST_LINE`] bytes into `line` and skips the rest of a longer one; reads no more than
/// `most` bytes. Returns how it ended and how many bytes were read.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>, most: u64) -> io::Result<(LineEnd, u64)> {
    line.clear();
    let read = input.by_ref().take(most.min(LONGEST_LINE as u64)).read_until(b'\n', line)? as u64;
    let ended = line.last() == Some(&b'\n');
    let end = if ended {
        LineEnd::Whole
    } else if read == most {
        let more = !input.fill_buf()?.is_empty();
        if more {
            LineEnd::Limit
        } else if read == 0 {
            LineEnd::End
        } else {
            LineEnd::Whole
        }
    } else if read == 0 {
        LineEnd::End
    } else if read < LONGEST_LINE as u64 {
        LineEnd::Whole
    } else {
        let skipped = skip_line(input, most - read)?;
        return Ok(if skipped == most - read { (LineEnd::Limit, most) } else { (LineEnd::TooLong, read + skipped) });
    };
    Ok((end, read))
}

/// Skips to the end of the line, and no more than `most` bytes; returns how many bytes.
fn skip_line(input: &mut impl BufRead, most: u64) -> io::Result<u64> {
    let mut rest = input.by_ref().take(most);
    rest.skip_until(b'\n')?;
    Ok(most - rest.limit())
}
