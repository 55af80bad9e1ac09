//! The tapes in the program: real outages of a real cluster, for people who have none at hand.
//!
//! `assets/tapes/record.sh` recorded them with this program. They are not edited.

use super::{error::TapeError, in_memory::Tape};

/// A tape in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinTape {
    /// The name on the command line.
    pub name: &'static str,
    /// What is on it, in one line.
    pub about: &'static str,
    bytes: &'static [u8],
}

macro_rules! builtin {
    ($name:literal, $about:literal) => {
        BuiltinTape {
            name: $name,
            about: $about,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tapes/", $name, ".jsonl.zst")),
        }
    };
}

impl BuiltinTape {
    /// Every built-in tape, in the order of the list.
    pub const ALL: [Self; 5] = [
        builtin!("stop", "the control plane's container is stopped for two minutes, by the key, and started again"),
        builtin!("kill", "the container is killed: no 10 s of grace"),
        builtin!("pause", "the container is paused: its port is open, and requests hang"),
        builtin!("disconnect", "the container runs on, disconnected from its network"),
        builtin!("apiserver", "the API server alone is stopped: its static pod's manifest is moved away"),
    ];

    /// Finds a tape by name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name == name)
    }

    /// Decodes the tape.
    ///
    /// # Errors
    ///
    /// If the tape can't be played, which a test rules out.
    pub fn tape(&self) -> Result<Tape, TapeError> {
        Tape::decode(self.bytes)
    }
}
