//! How grave the writer of a line thought it was: klog's four letters.
//!
//! Only what the line itself says: a line without a klog header has no severity, and none is made up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// klog's severity, the first letter of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// `I`: information.
    #[serde(rename = "I")]
    Info,
    /// `W`: a warning.
    #[serde(rename = "W")]
    Warning,
    /// `E`: an error.
    #[serde(rename = "E")]
    Error,
    /// `F`: the process ended.
    #[serde(rename = "F")]
    Fatal,
}

impl Severity {
    /// The severity of a klog letter.
    #[must_use]
    pub const fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'I' => Some(Self::Info),
            b'W' => Some(Self::Warning),
            b'E' => Some(Self::Error),
            b'F' => Some(Self::Fatal),
            _ => None,
        }
    }

    /// klog's letter for it.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Info => 'I',
            Self::Warning => 'W',
            Self::Error => 'E',
            Self::Fatal => 'F',
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}
