//! The lines of a tape, as they are written.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    observation::{Observation, Time},
    output,
};

/// A line after the header.
#[derive(Serialize)]
struct TapeLine<'a> {
    /// Milliseconds since the start of the run.
    t: i64,
    o: &'a Observation,
}

/// Writes an observation made at `at` as a line of a tape that began at `started`.
///
/// # Errors
///
/// If `out` can't be written.
pub(super) fn write_observation(
    out: &mut impl Write,
    started: Time,
    at: Time,
    observation: &Observation,
) -> io::Result<()> {
    write_json(out, &TapeLine { t: (at - started).num_milliseconds(), o: observation })
}

/// Writes a value as a line of JSON, with control characters escaped.
///
/// # Errors
///
/// If `out` can't be written.
pub(super) fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(output::json(&mut *out), value)?;
    out.write_all(b"\n")
}
