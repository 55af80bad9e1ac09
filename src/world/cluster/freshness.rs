//! Freshness: how far a fact can be trusted at a moment, in one of four words that every pane uses.
//!
//! A color may repeat the word, never replace it.

use crate::observation::Time;

/// Freshness of a fact at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// True at this moment.
    Live,
    /// True when it was last seen; its source is silent since.
    Stale {
        /// Time at which it was last known to be true.
        since: Time,
    },
    /// The source answers and reports that the thing is down.
    Down {
        /// Time since which it is down.
        since: Time,
    },
    /// No data yet, or no way to get any.
    Unknown,
}

impl Freshness {
    /// The word on the screen and in the story.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Stale { .. } => "STALE",
            Self::Down { .. } => "DOWN",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Time since which it has been stale or down. `None` if it is neither.
    pub fn since(self) -> Option<Time> {
        match self {
            Self::Stale { since } | Self::Down { since } => Some(since),
            Self::Live | Self::Unknown => None,
        }
    }
}
