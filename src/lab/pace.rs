//! The lab's time: every wait that a constant of Kubernetes or of the engine asks for, divided by the lab's speed.
//!
//! Sockets and the session's clock are never scaled, so a time in a journal, an object or an event is the session's. A
//! test that runs the lab faster multiplies what it measured with the speed. It knows no constant itself.

use std::time::Duration;

use chrono::SubsecRound as _;

use crate::{clock::Clock, observation::Time};

/// How fast the lab's constants run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    clock: Clock,
    speed: f64,
}

impl Pace {
    /// A speed that makes no sense (zero, negative, not a number) is 1: real time.
    pub(super) fn new(clock: Clock, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { clock, speed }
    }

    /// How long a wait of the real thing takes here.
    pub(super) fn of(self, real: Duration) -> Duration {
        real.div_f64(self.speed)
    }

    /// Waits as long as the real thing would.
    pub(super) async fn sleep(self, real: Duration) {
        tokio::time::sleep(self.of(real)).await;
    }

    /// The session's time, to the microsecond, as a journal has it.
    pub(super) fn now(self) -> Time {
        let since = chrono::Duration::from_std(self.clock.elapsed()).unwrap_or_default();
        (self.clock.started() + since).trunc_subsecs(6)
    }

    /// The runtime's moment, for `sleep_until`.
    pub(super) fn instant(self) -> tokio::time::Instant {
        self.clock.instant_now()
    }

    /// The time since the session began, without the sleep of the machine: no retry counts that.
    pub(super) fn elapsed(self) -> Duration {
        self.clock.elapsed_awake()
    }

    /// How much of the real thing's time has passed between two moments of the session.
    pub(super) fn real(self, here: Duration) -> Duration {
        here.mul_f64(self.speed)
    }
}
