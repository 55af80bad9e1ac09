//! Reads a tape, whatever state it is in.
//!
//! Only a header that is missing, malformed or of a newer version is an error. Any other damage is counted and the rest
//! plays: a line that is cut off, too long, not UTF-8 or not JSON, an observation of an unknown kind, a time that is
//! negative, runs backwards or lies outside the years 1970 to 9999. A tape that exceeds the limits of
//! [`budget`](super::budget) plays up to the limit.

use std::io::BufRead;

use chrono::{Datelike as _, Duration};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    budget::{MAX_TEXT, TapeBudget, TapeLimit},
    damage::Damage,
    error::TapeError,
    header::{TapeHeader, VERSION},
    in_memory::Tape,
    line_reader::{LineEnd, MAX_LINE, next_line},
};
use crate::observation::{LATEST, Observation, Stamped, is_in_range};

/// Bytes that every line counts for at least, so that gigabytes of empty lines end soon: no observation is shorter.
const MIN_LINE_COST: u64 = 32;

/// A line after the header.
#[derive(Deserialize)]
struct RawTapeLine<'a> {
    t: i64,
    #[serde(borrow)]
    o: &'a RawValue,
}

impl Tape {
    /// Reads a tape to its end, to its last complete line, or to the limit that it exceeds.
    ///
    /// # Errors
    ///
    /// If it has no header that this version can read, or if `input` can't be read.
    pub fn read(input: impl BufRead) -> Result<Self, TapeError> {
        Self::read_within(MAX_TEXT, input)
    }

    /// As [`read`](Self::read), of at most `max_text` bytes.
    pub(super) fn read_within(max_text: u64, mut input: impl BufRead) -> Result<Self, TapeError> {
        let mut line = Vec::new();
        let header = read_header_into(&mut input, &mut line)?;
        let mut tape = Self { header, stamped: Vec::new(), damage: Damage::default() };
        let mut budget = TapeBudget::default();
        let mut text = line.len() as u64;
        for number in 2.. {
            let (end, bytes) = next_line(&mut input, &mut line, max_text.saturating_sub(text))?;
            text += bytes.max(MIN_LINE_COST);
            let within = match end {
                LineEnd::EndOfInput => break,
                LineEnd::Limit => Err(TapeLimit::Text),
                LineEnd::TooLong => {
                    tape.damage.broken += 1;
                    Ok(())
                }
                LineEnd::Complete if line.iter().all(u8::is_ascii_whitespace) => Ok(()),
                LineEnd::Complete => tape.add_line(&line, &mut budget),
            };
            if let Err(limit) = within {
                tape.cut(number, limit);
                break;
            }
        }
        Ok(tape)
    }

    /// Adds the observation of a line, or counts it as damaged.
    fn add_line(&mut self, line: &[u8], budget: &mut TapeBudget) -> Result<(), TapeLimit> {
        let Ok(RawTapeLine { t, o }) = serde_json::from_slice::<RawTapeLine<'_>>(line) else {
            self.damage.broken += 1;
            return Ok(());
        };
        let mut observation = match serde_json::from_str::<Observation>(o.get()) {
            Ok(observation) => observation,
            Err(error) => {
                // serde's message for a tag that is none of the enum's variants
                let unknown = error.to_string().starts_with("unknown variant");
                *(if unknown { &mut self.damage.unknown } else { &mut self.damage.broken }) += 1;
                return Ok(());
            }
        };
        budget.add(&observation)?;
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
}

/// Reads the header and nothing else.
///
/// # Errors
///
/// As [`Tape::read`].
pub(super) fn read_header(mut input: impl BufRead) -> Result<TapeHeader, TapeError> {
    read_header_into(&mut input, &mut Vec::new())
}

fn read_header_into(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<TapeHeader, TapeError> {
    /// The part of a header that every version has.
    #[derive(Deserialize)]
    struct HeaderVersion {
        blackout_tape: u32,
    }
    // with this limit, the rest of a first line that is too long is not read
    match next_line(input, line, MAX_LINE as u64)?.0 {
        LineEnd::EndOfInput => return Err(TapeError::Empty),
        LineEnd::TooLong | LineEnd::Limit => return Err(TapeError::Endless),
        LineEnd::Complete => {}
    }
    let HeaderVersion { blackout_tape } = serde_json::from_slice(line).map_err(TapeError::Header)?;
    if blackout_tape > VERSION {
        return Err(TapeError::Newer(blackout_tape));
    }
    let header: TapeHeader = serde_json::from_slice(line).map_err(TapeError::Header)?;
    if is_in_range(header.started) { Ok(header) } else { Err(TapeError::Started(header.started.year())) }
}
