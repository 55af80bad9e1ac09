//! Health of a watch, from the API server's answers. Pure.
//!
//! kube restarts a watch that ended without an error at once, so that a server that closes each watch immediately would
//! be asked as fast as it answers. Such a watch has to last before it counts as live.

use std::time::Duration;

use tokio::time::Instant;

/// Shortest time that a watch must last to count as live: 1 s.
pub(super) const MIN_DURATION: Duration = Duration::from_secs(1);

/// Health of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WatchHealth {
    /// Not answered yet, or failed.
    Down,
    /// Answered at this time.
    Live(Instant),
    /// Answered, after the last watch ended within [`MIN_DURATION`].
    OnProbation,
}

impl WatchHealth {
    /// Health after an answer at `now`.
    pub(super) fn answered(self, now: Instant) -> Self {
        match self {
            Self::Down => Self::Live(now),
            Self::Live(since) if now.duration_since(since) >= MIN_DURATION => Self::Live(now),
            Self::Live(_) | Self::OnProbation => Self::OnProbation,
        }
    }
}
