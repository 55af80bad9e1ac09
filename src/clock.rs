//! Session time, and the only calls of `now()` in the program (`clippy.toml` forbids the others).
//!
//! Session time is the wall-clock start plus the monotonic time since, plus the time that the machine slept, cut to the
//! millisecond. It never goes back and does not follow changes of the wall clock, so a tape has the times of the
//! screen. It is based on tokio's clock, which a test can pause and which stops while the machine sleeps; the session
//! detects a sleep ([`jump`]) and adds it once.

pub mod jump;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::SubsecRound as _;

use crate::observation::Time;
use jump::ClockReadings;

/// Current UTC offset of this machine's time zone.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn local_offset() -> chrono::FixedOffset {
    *chrono::Local::now().offset()
}

/// Current wall-clock time. Includes sleeps of the machine and follows changes of the clock.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn wall_time() -> Time {
    chrono::Utc::now()
}

/// Clock of a session. Copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Time,
    origin: tokio::time::Instant,
    /// Milliseconds of sleep of the machine since the start.
    slept: &'static AtomicU64,
}

impl Clock {
    /// Starts a clock at the current wall-clock time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self {
            started: chrono::Utc::now().trunc_subsecs(3),
            origin: tokio::time::Instant::now(),
            // Leaks 8 bytes per session, so that every source and task can have a copy without a count of references.
            slept: Box::leak(Box::default()),
        }
    }

    /// Start of the session.
    pub fn started(&self) -> Time {
        self.started
    }

    /// Current time of the session.
    pub fn now(&self) -> Time {
        self.started + chrono::Duration::milliseconds(self.elapsed().as_millis() as i64)
    }

    /// Time since the start, including sleeps of the machine.
    pub fn elapsed(&self) -> Duration {
        self.elapsed_awake() + self.slept()
    }

    /// Time since the start without sleeps of the machine, in which timers run.
    pub fn elapsed_awake(&self) -> Duration {
        self.instant_now().duration_since(self.origin)
    }

    /// Runtime instant of a session time, for `sleep_until`. A time before the start gives the start.
    pub fn instant(&self, at: Time) -> tokio::time::Instant {
        let since = (at - self.started).to_std().unwrap_or_default();
        self.origin + since.saturating_sub(self.slept())
    }

    /// Runtime instant of a time since the start without sleeps, for `sleep_until`.
    pub fn instant_at_awake(&self, awake: Duration) -> tokio::time::Instant {
        self.origin + awake
    }

    /// Current runtime instant, for measuring a duration.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn instant_now(&self) -> tokio::time::Instant {
        tokio::time::Instant::now()
    }

    /// Moves all copies forward after a sleep of the machine. Only the session's loop calls this.
    pub fn add_sleep(&self, slept: Duration) {
        self.slept.fetch_add(slept.as_millis() as u64, Ordering::Relaxed);
    }

    fn slept(&self) -> Duration {
        Duration::from_millis(self.slept.load(Ordering::Relaxed))
    }
}

/// Reads the machine's clocks. `None` if this process was suspended between two of them, so that they don't match.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn read_clocks(origin: std::time::Instant) -> Option<ClockReadings> {
    /// Longest time between the first and the last reading, which normally takes microseconds.
    const MAX_SPREAD: Duration = Duration::from_millis(100);
    let running = origin.elapsed();
    let readings = ClockReadings { wall: chrono::Utc::now(), running, since_boot: since_boot() };
    (origin.elapsed() - running < MAX_SPREAD).then_some(readings)
}

/// Current instant, from which [`read_clocks`] counts the machine's running time.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn start_instant() -> std::time::Instant {
    std::time::Instant::now()
}

/// Time since boot including sleeps, by a clock that can't be set. `None` if the system has none.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn since_boot() -> Option<Duration> {
    use rustix::time::ClockId;
    #[cfg(not(target_vendor = "apple"))]
    const ID: ClockId = ClockId::Boottime;
    // Darwin's monotonic clock counts sleeps; `Instant` uses its uptime clock.
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
    async fn a_sleep_moves_all_copies_forward_and_timers_fire_when_they_are_due() {
        let clock = Clock::start();
        let copy = clock;
        tokio::time::advance(Duration::from_secs(10)).await;
        let before = copy.now();
        clock.add_sleep(SLEPT);
        assert_eq!(copy.now() - before, chrono::Duration::minutes(42));
        assert_eq!((copy.elapsed(), copy.elapsed_awake()), (Duration::from_secs(10) + SLEPT, Duration::from_secs(10)));
        let soon = copy.now() + chrono::Duration::seconds(1);
        assert_eq!(copy.instant(soon) - copy.instant_now(), Duration::from_secs(1));
        assert_eq!(copy.instant_at_awake(Duration::from_secs(11)), copy.instant(soon));
    }

    #[tokio::test(start_paused = true)]
    async fn the_instant_of_a_time_before_the_sleep_has_passed() {
        let clock = Clock::start();
        let early = clock.now();
        clock.add_sleep(SLEPT);
        assert!(clock.instant(early) <= clock.instant_now());
    }

    #[test]
    fn the_clocks_of_the_machine_can_be_read() {
        let origin = start_instant();
        let read = std::iter::repeat_with(|| read_clocks(origin)).flatten().next().unwrap();
        assert!(read.since_boot.is_some_and(|since| !since.is_zero()));
    }
}
