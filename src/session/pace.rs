//! When the next frame is due: at once after a key, soon after news, and now and then while time passes.
//!
//! An idle dashboard draws as seldom as a person can bear: routine answers wait for the next beat.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    clock::Clock,
    observation::{Observation, ProbeOutcome, TrafficOutcome},
};

/// After a key: as fast as a terminal can show, and no faster than a held key repeats.
const KEY: Duration = Duration::from_millis(15);
/// After news: 20 frames a second.
const NEWS: Duration = Duration::from_millis(50);
/// After what was expected.
const ROUTINE: Duration = Duration::from_millis(500);
/// While nothing is said: the ages on the screen are in seconds.
const BEAT: Duration = Duration::from_secs(1);
/// While something is on its way: progress is in quarters of a second.
const FAST_BEAT: Duration = Duration::from_millis(250);

/// How soon a change has to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A person waits for it.
    Now,
    /// It is news.
    News,
    /// It is what was expected.
    Routine,
}

/// How soon an observation has to be seen.
pub(super) fn urgency(observation: &Observation) -> Urgency {
    match observation {
        Observation::Health(probe) if probe.outcome == ProbeOutcome::Ok => Urgency::Routine,
        Observation::Traffic(probe) if matches!(probe.outcome, TrafficOutcome::Answered(200)) => Urgency::Routine,
        Observation::Lease { .. } | Observation::Write(_) | Observation::Leader(_) | Observation::Runtime(_) => {
            Urgency::Routine
        }
        _ => Urgency::News,
    }
}

/// The next frame.
#[derive(Debug)]
pub(super) struct Pace {
    clock: Clock,
    drawn: Instant,
    due: Instant,
}

impl Pace {
    /// The first frame is due at once.
    pub(super) fn new(clock: Clock) -> Self {
        let now = clock.instant(clock.now());
        Self { clock, drawn: now, due: now }
    }

    /// Something changed.
    pub(super) fn changed(&mut self, urgency: Urgency) {
        let wait = match urgency {
            Urgency::Now => KEY,
            Urgency::News => NEWS,
            Urgency::Routine => ROUTINE,
        };
        self.due = self.due.min(self.drawn + wait);
    }

    /// When the next frame is due.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// A frame was drawn; `moving` while something is on its way.
    pub(super) fn drawn(&mut self, moving: bool) {
        self.drawn = self.clock.instant(self.clock.now());
        self.due = self.drawn + if moving { FAST_BEAT } else { BEAT };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_is_drawn_before_news_and_news_before_routine() {
        let mut pace = Pace::new(Clock::start());
        pace.drawn(false);
        let drawn = pace.drawn;
        assert_eq!(pace.due(), drawn + BEAT);
        pace.changed(Urgency::Routine);
        assert_eq!(pace.due(), drawn + ROUTINE);
        pace.changed(Urgency::News);
        assert_eq!(pace.due(), drawn + NEWS);
        pace.changed(Urgency::Now);
        assert_eq!(pace.due(), drawn + KEY);
        pace.changed(Urgency::Routine);
        assert_eq!(pace.due(), drawn + KEY);
    }
}
