//! How much a fact can be trusted at a moment: the four words that every pane uses.

use crate::observation::Time;

/// How fresh what a source said is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is so now.
    Live,
    /// It was so, and nobody could say since.
    Stale {
        /// The last moment at which it was known to be so.
        since: Time,
    },
    /// The source answers, and says that the thing is down.
    Down {
        /// Since when.
        since: Time,
    },
    /// Nobody has said anything yet, or we cannot see.
    Unknown,
}

impl Freshness {
    /// The word for it. Together with [`Freshness::since`] this is all that a screen may say; a colour only repeats it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Stale { .. } => "STALE",
            Self::Down { .. } => "DOWN",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Since when it has been stale or down.
    pub fn since(self) -> Option<Time> {
        match self {
            Self::Stale { since } | Self::Down { since } => Some(since),
            Self::Live | Self::Unknown => None,
        }
    }
}
