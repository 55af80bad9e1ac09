//! Requests answered of requests sent on a fixed clock.

/// Counts of one kind of request. A missed slot is a failure of the prober: unknown, neither success nor failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that got the answer they were there for.
    pub answered: u64,
    /// Requests sent.
    pub sent: u64,
    /// Slots in which nothing was sent.
    pub missed: u64,
}

impl Tally {
    /// Counts one request.
    pub fn count(&mut self, answered: bool) {
        self.sent += 1;
        self.answered += u64::from(answered);
    }

    /// Counts one slot in which nothing was sent.
    pub fn miss(&mut self) {
        self.missed += 1;
    }

    /// Answered of sent, from 0 to 1; nothing where nothing was sent.
    pub fn ratio(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.answered as f64 / self.sent as f64)
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            sent: self.sent + other.sent,
            missed: self.missed + other.missed,
        }
    }
}
