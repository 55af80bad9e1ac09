//! The recording of one run: what was said, when, and nothing made of it.
//!
//! A tape is text: a header line, then one observation a line, each with its milliseconds since the start. It may be
//! compressed (`.zst`). Playing one folds the same observations into the same world; a tape cut anywhere plays to its
//! last whole line. Nothing but observations reaches a tape, so no kubeconfig, token or certificate does.

mod budget;
mod builtin;
mod file;
mod import;
mod open;
mod read;
mod record;
mod shelf;

pub use budget::{Cut, Limit};
pub use builtin::Builtin;
pub use file::{
    Overwrite, create_new_private_folder, create_private, create_private_folder, create_state_folder, may_create,
};
pub use open::{Known, OpenError};
pub use read::{Damage, Tape, TapeError};
pub use record::{RecordError, Recorder, Recording, TapeEnd};
pub use shelf::{Shelf, TAPES_KEPT};

use serde::{Deserialize, Serialize};

use crate::observation::{Observation, Time};

/// The format's version, in the header's `blackout_tape`.
pub const VERSION: u32 = 1;

/// The first line of a tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`VERSION`] of the writer.
    pub blackout_tape: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// When the run began.
    pub started: Time,
    /// kind's name of the cluster.
    #[serde(default)]
    pub cluster: String,
    /// What was recorded.
    #[serde(default)]
    pub mode: Mode,
}

/// What a tape is a recording of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A real cluster.
    #[default]
    Live,
    /// The lab.
    Lab,
    /// Journals of an incident.
    Import,
}

impl Header {
    /// The header of a run that begins at `started`.
    pub fn new(started: Time, cluster: impl Into<String>, mode: Mode) -> Self {
        let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        Self { blackout_tape: VERSION, program: program.to_owned(), started, cluster: cluster.into(), mode }
    }
}

/// A line after the header, as it is written.
#[derive(Debug, Serialize)]
struct Written<'a> {
    /// Milliseconds since the start.
    t: i64,
    /// What was said.
    o: &'a Observation,
}

#[cfg(test)]
mod tests;
