//! The only place that asks what time it is.
//!
//! A session's time is its wall-clock start plus the monotonic time since, cut to the millisecond: it never jumps when
//! the wall clock is set, and a tape holds exactly what the screen showed. It rests on tokio's clock, so that a test
//! can pause it.

use std::time::Duration;

use chrono::SubsecRound as _;

use crate::observation::Time;

/// The zone of this machine, as it is now.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn zone() -> chrono::FixedOffset {
    *chrono::Local::now().offset()
}

/// The wall clock. A sleep of the machine moves it on; somebody may set it.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn wall() -> Time {
    chrono::Utc::now()
}

/// A session's clock. Copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Time,
    origin: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self { started: chrono::Utc::now().trunc_subsecs(3), origin: tokio::time::Instant::now() }
    }

    /// The moment at which the session started.
    pub fn started(&self) -> Time {
        self.started
    }

    /// The session's time.
    pub fn now(&self) -> Time {
        self.started + chrono::Duration::milliseconds(self.elapsed().as_millis() as i64)
    }

    /// How long the session has run.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn elapsed(&self) -> Duration {
        tokio::time::Instant::now().duration_since(self.origin)
    }

    /// The runtime's moment for a moment of the session, for `sleep_until`; the start for an earlier one.
    pub fn instant(&self, at: Time) -> tokio::time::Instant {
        self.origin + (at - self.started).to_std().unwrap_or_default()
    }
}
