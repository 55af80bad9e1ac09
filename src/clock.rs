//! The only place that asks what time it is.
//!
//! A session's time is its wall-clock start plus the monotonic time since, plus the time that the machine has slept, cut
//! to the millisecond. It never goes back and does not follow a wall clock that is set; a tape holds exactly what the
//! screen showed. It rests on tokio's clock, which stands still while the machine sleeps, so that a test can pause it;
//! the session finds a sleep out ([`jump`]) and adds it, once.

pub mod jump;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::SubsecRound as _;

use crate::observation::Time;
use jump::Readings;

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
    /// Milliseconds that the machine has slept since the start.
    slept: &'static AtomicU64,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self {
            started: chrono::Utc::now().trunc_subsecs(3),
            origin: tokio::time::Instant::now(),
            // eight bytes a session, which lives about as long as its process: every source and task has a copy
            slept: Box::leak(Box::default()),
        }
    }

    /// The moment at which the session started.
    pub fn started(&self) -> Time {
        self.started
    }

    /// The session's time.
    pub fn now(&self) -> Time {
        self.started + chrono::Duration::milliseconds(self.elapsed().as_millis() as i64)
    }

    /// How long the session has run, with the time that the machine slept.
    pub fn elapsed(&self) -> Duration {
        self.awake() + self.slept()
    }

    /// How long the session has run while the machine was awake: the time in which timers run.
    pub fn awake(&self) -> Duration {
        self.instant_now().duration_since(self.origin)
    }

    /// The runtime's moment for a moment of the session, for `sleep_until`; the start for an earlier one.
    pub fn instant(&self, at: Time) -> tokio::time::Instant {
        let since = (at - self.started).to_std().unwrap_or_default();
        self.origin + since.saturating_sub(self.slept())
    }

    /// The runtime's moment for a time awake, for `sleep_until`.
    pub fn instant_awake(&self, awake: Duration) -> tokio::time::Instant {
        self.origin + awake
    }

    /// The runtime's moment now, to measure how long something takes.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn instant_now(&self) -> tokio::time::Instant {
        tokio::time::Instant::now()
    }

    /// Moves all copies forward by the time that the machine has slept. Only the session's loop does this.
    pub fn wake(&self, slept: Duration) {
        self.slept.fetch_add(slept.as_millis() as u64, Ordering::Relaxed);
    }

    fn slept(&self) -> Duration {
        Duration::from_millis(self.slept.load(Ordering::Relaxed))
    }
}

/// Reads the machine's clocks. `None` if this process was held up between two of them, so that they don't fit.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn readings(origin: std::time::Instant) -> Option<Readings> {
    /// Longest time between the first and the last reading; they take microseconds.
    const TOGETHER: Duration = Duration::from_millis(100);
    let running = origin.elapsed();
    let readings = Readings { wall: chrono::Utc::now(), running, since_boot: since_boot() };
    (origin.elapsed() - running < TOGETHER).then_some(readings)
}

/// A moment to count the machine's running time from.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn origin() -> std::time::Instant {
    std::time::Instant::now()
}

/// A clock that runs while the machine sleeps and that nobody can set. `None` if the system has none.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn since_boot() -> Option<Duration> {
    use rustix::time::ClockId;
    #[cfg(not(target_vendor = "apple"))]
    const ID: ClockId = ClockId::Boottime;
    // Darwin's is the continuous time; `Instant` is its uptime there
    #[cfg(target_vendor = "apple")]
    const ID: ClockId = ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(ID)).ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn since_boot() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEPT: Duration = Duration::from_secs(42 * 60);

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_all_copies_have_gone_forward_and_timers_fire_when_they_are_due() {
        let clock = Clock::start();
        let copy = clock;
        tokio::time::advance(Duration::from_secs(10)).await;
        let before = copy.now();
        clock.wake(SLEPT);
        assert_eq!(copy.now() - before, chrono::Duration::minutes(42));
        assert_eq!((copy.elapsed(), copy.awake()), (Duration::from_secs(10) + SLEPT, Duration::from_secs(10)));
        let soon = copy.now() + chrono::Duration::seconds(1);
        assert_eq!(copy.instant(soon) - copy.instant_now(), Duration::from_secs(1));
        assert_eq!(copy.instant_awake(Duration::from_secs(11)), copy.instant(soon));
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_before_the_sleep_is_one_that_is_over() {
        let clock = Clock::start();
        let early = clock.now();
        clock.wake(SLEPT);
        assert!(clock.instant(early) <= clock.instant_now());
    }

    #[test]
    fn the_machine_s_clocks_can_be_read() {
        let origin = origin();
        let read = std::iter::repeat_with(|| readings(origin)).flatten().next().unwrap();
        assert!(read.since_boot.is_some_and(|since| !since.is_zero()));
    }
}
