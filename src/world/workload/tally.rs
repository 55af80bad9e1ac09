//! Requests answered, of requests sent on a fixed clock.
//!
//! A slot in which nothing was sent counts as missed: it is neither a success nor a failure.

use crate::observation::TrafficOutcome;

/// Counts of one kind of request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of requests that got the expected answer.
    pub answered: u64,
    /// Number of requests sent.
    pub sent: u64,
    /// Number of slots in which nothing was sent.
    pub missed: u64,
}

impl Tally {
    /// Counts one request that was sent.
    pub fn count(&mut self, answered: bool) {
        self.sent += 1;
        self.answered += u64::from(answered);
    }

    /// Counts one slot in which nothing was sent.
    pub fn miss(&mut self) {
        self.missed += 1;
    }

    /// Counts one slot of the workload's clock.
    pub fn count_traffic(&mut self, outcome: TrafficOutcome) {
        match outcome {
            TrafficOutcome::Missed => self.miss(),
            TrafficOutcome::Answered(_) | TrafficOutcome::Failed(_) => self.count(outcome.is_success()),
        }
    }

    /// Share of requests that were answered, from 0 to 1. `None` if none was sent.
    pub fn ratio(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.answered as f64 / self.sent as f64)
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            sent: self.sent + other.sent,
            missed: self.missed + other.missed,
        }
    }
}
