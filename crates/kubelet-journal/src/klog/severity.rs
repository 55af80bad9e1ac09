//! The severity of a klog record: the first letter of its header.
//!
//! A record without a klog header has no severity, and none is derived from its words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Severity of a klog record (`severity` in k8s.io/klog's `internal/severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Information of any kind, written `I`.
    #[serde(rename = "I")]
    Info,
    /// A warning, written `W`.
    #[serde(rename = "W")]
    Warning,
    /// An error, written `E`.
    #[serde(rename = "E")]
    Error,
    /// An error that ends the process, written `F`.
    #[serde(rename = "F")]
    Fatal,
}

impl Severity {
    /// Returns the severity of a klog letter; `None` if it is none of the four.
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

    /// Returns the letter with which klog writes the severity.
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
