//! Detects from the machine's clocks that it slept, or that its wall clock was set. Pure.
//!
//! Compares three clocks between readings a second apart: the wall clock, one that stops while the machine sleeps, and
//! one that counts sleeps and can't be set. Small differences (NTP slews by at most 0.5 ms a second) never add up,
//! because each reading is compared with the one before.

use std::time::Duration;

use crate::observation::{JumpCause, Time, TimeJump};

/// Smallest difference that counts as a jump: 2 s, more than a busy machine delays a reading.
const THRESHOLD: chrono::Duration = chrono::Duration::seconds(2);

/// Readings of the machine's clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReadings {
    /// Time of the wall clock.
    pub wall: Time,
    /// Time without sleeps of the machine (`CLOCK_MONOTONIC` on Linux).
    pub running: Duration,
    /// Time with sleeps of the machine (`CLOCK_BOOTTIME` on Linux). `None` if the system has no such clock.
    pub since_boot: Option<Duration>,
}

/// Compares each reading of the clocks with the one before.
#[derive(Debug, Default)]
pub struct ClockJumpDetector {
    last: Option<ClockReadings>,
}

impl ClockJumpDetector {
    /// Returns the jumps since the last reading: a sleep, a change of the wall clock, or both; none for the first
    /// reading.
    pub fn update(&mut self, now: ClockReadings) -> Vec<TimeJump> {
        self.last.replace(now).map_or_else(Vec::new, |last| jumps_between(last, now))
    }
}

fn jumps_between(last: ClockReadings, now: ClockReadings) -> Vec<TimeJump> {
    let wall = now.wall - last.wall;
    let running = elapsed(last.running, now.running);
    let since_boot = last.since_boot.zip(now.since_boot).map(|(last, now)| elapsed(last, now));
    let slept = since_boot.unwrap_or(running) - running;
    let set_by = wall - since_boot.unwrap_or(running);
    // Without a clock that counts sleeps, a sleep can't be told from a wall clock that was set forward.
    let unclear = since_boot.is_none() && set_by > THRESHOLD;
    let cause = if unclear { JumpCause::Unclear } else { JumpCause::ClockSet };
    let sleep = (slept > THRESHOLD).then_some((JumpCause::Sleep, slept));
    let clock_set = (set_by.abs() > THRESHOLD).then_some((cause, set_by));
    let jumps = [sleep, clock_set].into_iter().flatten();
    jumps.map(|(cause, by)| TimeJump { cause, ms: by.num_milliseconds() }).collect()
}

fn elapsed(last: Duration, now: Duration) -> chrono::Duration {
    chrono::Duration::from_std(now.saturating_sub(last)).unwrap_or(chrono::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, running: u64, since_boot: Option<u64>) -> ClockReadings {
        ClockReadings {
            wall: Time::UNIX_EPOCH + chrono::Duration::milliseconds(1_800_000_000_000 + wall),
            running: Duration::from_millis(running),
            since_boot: since_boot.map(Duration::from_millis),
        }
    }

    #[test]
    fn each_kind_of_jump_is_recognized() {
        use JumpCause::{ClockSet, Sleep, Unclear};
        type Expected = &'static [(JumpCause, i64)];
        // Milliseconds by which each clock advanced: wall, running, since boot.
        let cases: [(&str, i64, u64, Option<u64>, Expected); 11] = [
            ("a quiet second", 1_000, 1_000, Some(1_000), &[]),
            ("a late reading on a busy machine", 9_000, 9_000, Some(9_001), &[]),
            ("a slew by NTP", 1_001, 1_000, Some(1_000), &[]),
            ("a sleep of two seconds", 3_000, 1_000, Some(3_000), &[]),
            ("a sleep", 2_521_000, 1_000, Some(2_521_000), &[(Sleep, 2_520_000)]),
            ("a wall clock set forward", 3_601_000, 1_000, Some(1_000), &[(ClockSet, 3_600_000)]),
            ("a wall clock set back", -3_599_000, 1_000, Some(1_000), &[(ClockSet, -3_600_000)]),
            ("a sleep, and set back after it", 31_000, 1_000, Some(61_000), &[(Sleep, 60_000), (ClockSet, -30_000)]),
            ("a sleep without a clock that counts it", 61_000, 1_000, None, &[(Unclear, 60_000)]),
            ("set back without a clock that counts sleeps", -59_000, 1_000, None, &[(ClockSet, -60_000)]),
            ("a quiet second without a clock that counts sleeps", 1_000, 1_000, None, &[]),
        ];
        for (case, wall, running, since_boot, expected) in cases {
            let mut detector = ClockJumpDetector::default();
            let zero = since_boot.map(|_| 0);
            assert_eq!(detector.update(at(0, 0, zero)), [], "first reading of: {case}");
            let jumps: Vec<_> =
                detector.update(at(wall, running, since_boot)).iter().map(|jump| (jump.cause, jump.ms)).collect();
            assert_eq!(jumps, expected, "{case}");
        }
    }

    #[test]
    fn a_jump_is_reported_once_and_slow_drift_never() {
        let mut detector = ClockJumpDetector::default();
        detector.update(at(0, 0, Some(0)));
        assert_eq!(detector.update(at(61_000, 1_000, Some(61_000))).len(), 1);
        for second in 1..20_000 {
            // A drift of half a millisecond per second.
            let (wall, running) = (61_000 + second * 1_000 + second / 2, 1_000 + second as u64 * 1_000);
            assert_eq!(detector.update(at(wall, running, Some(60_000 + running))), [], "second {second}");
        }
    }
}
