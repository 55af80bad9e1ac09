//! Detection of machine sleep: once a second compares the machine's clocks, and moves the session's clock forward.
//!
//! Nothing else moves that clock.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    clock::{
        self, Clock,
        jump::{ClockJumpDetector, ClockReadings},
    },
    observation::{Observation, TimeJump},
    source::Notifier,
};

/// Interval between two checks: the ages on the screen are right again this long after a wake-up.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Detector of jumps between the machine's clocks.
#[derive(Debug)]
pub(super) struct MachineSleep {
    clock: Clock,
    detector: ClockJumpDetector,
    origin: std::time::Instant,
    ticks: Interval,
    woken: Notifier,
}

impl MachineSleep {
    /// Creates a detector that moves `clock` forward and notifies `woken` after a sleep.
    pub(super) fn new(clock: Clock, woken: Notifier) -> Self {
        let mut ticks = interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { clock, detector: ClockJumpDetector::default(), origin: clock::start_instant(), ticks, woken }
    }

    /// Waits for the next check and returns the jumps that it found, as observations. Cancel safe.
    pub(super) async fn next_jumps(&mut self) -> Vec<Observation> {
        self.ticks.tick().await;
        let Some(readings) = clock::read_clocks(self.origin) else { return Vec::new() };
        self.apply(readings).into_iter().map(Observation::TimeJump).collect()
    }

    fn apply(&mut self, readings: ClockReadings) -> Vec<TimeJump> {
        let jumps = self.detector.update(readings);
        let slept: Duration = jumps.iter().map(TimeJump::slept).sum();
        if !slept.is_zero() {
            self.clock.add_sleep(slept);
            self.woken.notify();
        }
        for jump in &jumps {
            tracing::warn!("{jump:?}");
        }
        jumps
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::{observation::Time, source::Notifier, world::World};

    fn at(wall: i64, running: u64, since_boot: u64) -> ClockReadings {
        ClockReadings {
            wall: Time::UNIX_EPOCH + chrono::Duration::seconds(1_800_000_000 + wall),
            running: Duration::from_secs(running),
            since_boot: Some(Duration::from_secs(since_boot)),
        }
    }

    fn fold(world: &mut World, clock: Clock, jumps: Vec<TimeJump>) {
        jumps.into_iter().for_each(|jump| world.apply(clock.now(), &Observation::TimeJump(jump)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_moves_the_clock_once_notifies_the_sources_and_is_in_the_headline() {
        let (clock, woken) = (Clock::start(), Notifier::default());
        let mut listener = woken.subscribe();
        let mut sleep = MachineSleep::new(clock, woken);
        let mut world = World::new(clock.started());
        assert_eq!(sleep.apply(at(0, 0, 0)), []);
        assert!(listener.recv().now_or_never().is_none());
        let jumps = sleep.apply(at(2_521, 1, 2_521));
        assert!(listener.recv().now_or_never().is_some());
        assert_eq!(clock.now() - clock.started(), chrono::Duration::minutes(42));
        fold(&mut world, clock, jumps);
        let headline = world.headline(clock.now()).text;
        assert!(headline.starts_with("This machine slept 42m00s until just now."), "{headline}");
        assert_eq!(sleep.apply(at(2_522, 2, 2_522)), []);
        assert_eq!(clock.now() - clock.started(), chrono::Duration::minutes(42));
        assert!(listener.recv().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_is_set_is_in_the_headline_and_moves_nothing() {
        let (clock, woken) = (Clock::start(), Notifier::default());
        let mut listener = woken.subscribe();
        let mut sleep = MachineSleep::new(clock, woken);
        let mut world = World::new(clock.started());
        sleep.apply(at(0, 0, 0));
        let jumps = sleep.apply(at(-3_599, 1, 1));
        fold(&mut world, clock, jumps);
        assert_eq!(clock.now(), clock.started());
        assert!(listener.recv().now_or_never().is_none());
        let headline = world.headline(clock.now()).text;
        assert!(headline.starts_with("This machine's clock was set back by 1h00m just now."), "{headline}");
    }
}
