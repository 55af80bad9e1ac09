//! The header of a tape, its first line.

use serde::{Deserialize, Serialize};

use crate::observation::Time;

/// Version of the tape format, in the header's `blackout_tape`.
pub const VERSION: u32 = 1;

/// The first line of a tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeHeader {
    /// [`VERSION`] of the program that wrote the tape.
    pub blackout_tape: u32,
    /// Name and version of that program.
    pub program: String,
    /// When the run began.
    pub started: Time,
    /// kind's name of the cluster.
    #[serde(default)]
    pub cluster: String,
    /// What the tape is a recording of.
    #[serde(default)]
    pub mode: TapeMode,
}

/// What a tape is a recording of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TapeMode {
    /// A real cluster, watched live.
    #[default]
    Live,
    /// A cluster of the lab.
    Lab,
    /// Journals of an incident.
    Import,
}

impl TapeHeader {
    /// Creates the header of a run of this program that begins at `started`.
    pub fn new(started: Time, cluster: impl Into<String>, mode: TapeMode) -> Self {
        let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        Self { blackout_tape: VERSION, program: program.to_owned(), started, cluster: cluster.into(), mode }
    }
}
