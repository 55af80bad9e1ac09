//! The lab's time: waits that Kubernetes or the engine define, divided by the lab's speed.
//!
//! Only waits are scaled. Sockets and the session's clock are not, so a timestamp in a journal, an object or an event
//! is the session's; a test that runs a faster lab multiplies what it measured by the speed. The constants themselves
//! are defined where they are used.

use std::time::Duration;

use chrono::SubsecRound as _;

use crate::{clock::Clock, observation::Time};

/// The session's clock and the factor by which the lab's waits are shortened.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeScale {
    clock: Clock,
    speed: f64,
}

impl TimeScale {
    /// Creates a scale. A speed that is zero, negative or not finite counts as 1, real time.
    pub(super) fn new(clock: Clock, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { clock, speed }
    }

    /// Returns how long a wait of `real` time takes in the lab.
    pub(super) fn scaled(self, real: Duration) -> Duration {
        real.div_f64(self.speed)
    }

    /// Returns the real time that a duration measured in the lab stands for.
    pub(super) fn unscaled(self, measured: Duration) -> Duration {
        measured.mul_f64(self.speed)
    }

    /// Sleeps for `real` time, scaled.
    pub(super) async fn sleep(self, real: Duration) {
        tokio::time::sleep(self.scaled(real)).await;
    }

    /// Returns the session's time in microseconds, the precision of a journal.
    pub(super) fn now(self) -> Time {
        let since = chrono::Duration::from_std(self.clock.elapsed()).unwrap_or_default();
        (self.clock.started() + since).trunc_subsecs(6)
    }

    /// Returns the runtime's instant, for `sleep_until`.
    pub(super) fn instant(self) -> tokio::time::Instant {
        self.clock.instant_now()
    }

    /// Returns the unscaled time since the session began, without the time in which the machine slept: retries do not
    /// count that.
    pub(super) fn elapsed(self) -> Duration {
        self.clock.elapsed_awake()
    }

    /// Returns the real time since `start`, an earlier [`elapsed`](Self::elapsed).
    pub(super) fn real_since(self, start: Duration) -> Duration {
        self.unscaled(self.elapsed().saturating_sub(start))
    }
}
