//! Tells from the machine's clocks whether it has slept, or somebody has set its wall clock. Pure.
//!
//! Three clocks are compared from one look to the next, a second apart: the wall clock, one that stands still while the
//! machine sleeps, and one that goes on then and can't be set. Small differences are the clocks' own (NTP slews by
//! 0.5 ms a second at most) and never add up, because each look begins anew.

use std::time::Duration;

use crate::observation::{JumpCause, Time, TimeJump};

/// Smallest difference that counts as a jump: 2 s, above what a busy machine needs for a look.
const SMALLEST: chrono::Duration = chrono::Duration::seconds(2);

/// What the machine's clocks show at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readings {
    /// The wall clock.
    pub wall: Time,
    /// A clock that stands still while the machine sleeps (`CLOCK_MONOTONIC` on Linux).
    pub running: Duration,
    /// A clock that goes on (`CLOCK_BOOTTIME` on Linux). `None` if the system has none.
    pub since_boot: Option<Duration>,
}

/// Compares each reading with the one before.
#[derive(Debug, Default)]
pub struct ClockWatch {
    last: Option<Readings>,
}

impl ClockWatch {
    /// The jumps since the last reading: a sleep, a wall clock that was set, or both.
    pub fn look(&mut self, now: Readings) -> Vec<TimeJump> {
        self.last.replace(now).map_or_else(Vec::new, |before| jumps(before, now))
    }
}

fn jumps(before: Readings, now: Readings) -> Vec<TimeJump> {
    let wall = now.wall - before.wall;
    let running = signed(now.running, before.running);
    let since_boot = now.since_boot.zip(before.since_boot).map(|(now, before)| signed(now, before));
    let slept = since_boot.unwrap_or(running) - running;
    let set = wall - since_boot.unwrap_or(running);
    // without a clock that goes on, a sleep and a wall clock that was set forward look alike
    let unclear = since_boot.is_none() && set > SMALLEST;
    let cause = if unclear { JumpCause::Unclear } else { JumpCause::ClockSet };
    [(JumpCause::Sleep, slept, slept > SMALLEST), (cause, set, set.abs() > SMALLEST)]
        .into_iter()
        .filter(|(_, _, counts)| *counts)
        .map(|(cause, by, _)| TimeJump { cause, ms: by.num_milliseconds() })
        .collect()
}

fn signed(now: Duration, before: Duration) -> chrono::Duration {
    chrono::Duration::from_std(now.saturating_sub(before)).unwrap_or(chrono::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, running: u64, since_boot: Option<u64>) -> Readings {
        Readings {
            wall: Time::UNIX_EPOCH + chrono::Duration::milliseconds(1_800_000_000_000 + wall),
            running: Duration::from_millis(running),
            since_boot: since_boot.map(Duration::from_millis),
        }
    }

    #[test]
    fn each_clock_that_jumps_is_told_apart() {
        use JumpCause::{ClockSet, Sleep, Unclear};
        type Expected = &'static [(JumpCause, i64)];
        // milliseconds that each clock has gone on: wall, running, since boot
        let cases: [(&str, i64, u64, Option<u64>, Expected); 11] = [
            ("a quiet second", 1_000, 1_000, Some(1_000), &[]),
            ("a busy machine looks late", 9_000, 9_000, Some(9_001), &[]),
            ("NTP slews", 1_001, 1_000, Some(1_000), &[]),
            ("a sleep of two seconds is not worth a word", 3_000, 1_000, Some(3_000), &[]),
            ("a sleep", 2_521_000, 1_000, Some(2_521_000), &[(Sleep, 2_520_000)]),
            ("set forward", 3_601_000, 1_000, Some(1_000), &[(ClockSet, 3_600_000)]),
            ("set back", -3_599_000, 1_000, Some(1_000), &[(ClockSet, -3_600_000)]),
            ("a sleep, and set back after it", 31_000, 1_000, Some(61_000), &[(Sleep, 60_000), (ClockSet, -30_000)]),
            ("a sleep without a clock that goes on", 61_000, 1_000, None, &[(Unclear, 60_000)]),
            ("set back without a clock that goes on", -59_000, 1_000, None, &[(ClockSet, -60_000)]),
            ("a quiet second without a clock that goes on", 1_000, 1_000, None, &[]),
        ];
        for (what, wall, running, since_boot, expected) in cases {
            let mut watch = ClockWatch::default();
            let zero = since_boot.map(|_| 0);
            assert_eq!(watch.look(at(0, 0, zero)), [], "the first look of: {what}");
            let jumps: Vec<_> =
                watch.look(at(wall, running, since_boot)).iter().map(|jump| (jump.cause, jump.ms)).collect();
            assert_eq!(jumps, expected, "{what}");
        }
    }

    #[test]
    fn a_jump_is_told_once_and_slow_drift_never() {
        let mut watch = ClockWatch::default();
        watch.look(at(0, 0, Some(0)));
        assert_eq!(watch.look(at(61_000, 1_000, Some(61_000))).len(), 1);
        for second in 1..20_000 {
            // half a millisecond a second
            let (wall, running) = (61_000 + second * 1_000 + second / 2, 1_000 + second as u64 * 1_000);
            assert_eq!(watch.look(at(wall, running, Some(60_000 + running))), [], "second {second}");
        }
    }
}
