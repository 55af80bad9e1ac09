//! Looks once a second whether the machine has slept or its wall clock was set, and moves the session's clock along: the
//! only one who does.

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

/// Time between two looks: within it after a wake-up the ages on the screen are right again.
const EVERY: Duration = Duration::from_secs(1);

/// The look-out for jumps.
#[derive(Debug)]
pub(super) struct MachineSleep {
    clock: Clock,
    watch: ClockJumpDetector,
    origin: std::time::Instant,
    ticks: Interval,
    woken: Notifier,
}

impl MachineSleep {
    /// Moves `clock` along, and sends `woken` after a sleep.
    pub(super) fn new(clock: Clock, woken: Notifier) -> Self {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { clock, watch: ClockJumpDetector::default(), origin: clock::start_instant(), ticks, woken }
    }

    /// The jumps that the next look finds, a second after the last one. Nothing is lost when this is dropped.
    pub(super) async fn look(&mut self) -> Vec<TimeJump> {
        self.ticks.tick().await;
        clock::read_clocks(self.origin).map_or_else(Vec::new, |readings| self.found(readings))
    }

    fn found(&mut self, readings: ClockReadings) -> Vec<TimeJump> {
        let jumps = self.watch.update(readings);
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

/// What the session has to say of jumps.
pub(super) fn observations(jumps: Vec<TimeJump>) -> impl Iterator<Item = Observation> {
    jumps.into_iter().map(Observation::TimeJump)
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

    #[tokio::test(start_paused = true)]
    async fn a_sleep_moves_the_session_along_once_wakes_the_sources_and_is_said() {
        let (clock, woken) = (Clock::start(), Notifier::default());
        let mut listener = woken.subscribe();
        let mut sleep = MachineSleep::new(clock, woken);
        let mut world = World::new(clock.started());
        assert_eq!(sleep.found(at(0, 0, 0)), []);
        assert!(listener.recv().now_or_never().is_none());
        let jumps = sleep.found(at(2_521, 1, 2_521));
        assert!(listener.recv().now_or_never().is_some());
        assert_eq!(clock.now() - clock.started(), chrono::Duration::minutes(42));
        observations(jumps).for_each(|observation| world.apply(clock.now(), &observation));
        let said = world.headline(clock.now()).text;
        assert!(said.starts_with("This machine slept 42 min until just now."), "{said}");
        assert_eq!(sleep.found(at(2_522, 2, 2_522)), []);
        assert_eq!(clock.now() - clock.started(), chrono::Duration::minutes(42));
        assert!(listener.recv().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_is_set_is_said_and_moves_nothing() {
        let (clock, woken) = (Clock::start(), Notifier::default());
        let mut listener = woken.subscribe();
        let mut sleep = MachineSleep::new(clock, woken);
        let mut world = World::new(clock.started());
        sleep.found(at(0, 0, 0));
        observations(sleep.found(at(-3_599, 1, 1))).for_each(|observation| world.apply(clock.now(), &observation));
        assert_eq!(clock.now(), clock.started());
        assert!(listener.recv().now_or_never().is_none());
        let said = world.headline(clock.now()).text;
        assert!(said.starts_with("This machine's clock was set back by 1 h 0 min just now."), "{said}");
    }
}
