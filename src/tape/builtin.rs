//! The tapes inside the program: real outages of a real cluster, for those who have none at hand.
//!
//! `assets/tapes/record.sh` recorded them with this program; nothing was added or taken away.

use super::{Tape, TapeError};

/// A tape inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is on it: one line for a person.
    pub about: &'static str,
    bytes: &'static [u8],
}

macro_rules! builtin {
    ($name:literal, $about:literal) => {
        Builtin {
            name: $name,
            about: $about,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tapes/", $name, ".jsonl.zst")),
        }
    };
}

impl Builtin {
    /// All of them, the one to begin with first.
    pub const ALL: [Self; 5] = [
        builtin!("stop", "the control plane's container is stopped for two minutes, by the key, and comes back"),
        builtin!("kill", "it is killed: no ten seconds of grace"),
        builtin!("pause", "it is frozen: its port is open, and nobody answers"),
        builtin!("disconnect", "it runs on, and is cut off from the network"),
        builtin!("apiserver", "the API server alone is gone: its static pod was moved away"),
    ];

    /// The one of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name == name)
    }

    /// Reads it.
    pub fn tape(&self) -> Result<Tape, TapeError> {
        Tape::decode(self.bytes)
    }
}
