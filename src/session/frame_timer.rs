//! The time of the next frame: at once after a key, soon after news, and regularly while time passes.
//!
//! An idle dashboard is drawn as rarely as a person accepts: expected results of probes wait for the next tick.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    clock::Clock,
    observation::{Observation, ProbeOutcome, TrafficOutcome},
};

/// Longest delay after a key: below the repeat interval of a held key, which is 30 ms on common systems.
const KEY_DELAY: Duration = Duration::from_millis(15);

/// Longest delay after news: 20 frames a second.
const NEWS_DELAY: Duration = Duration::from_millis(50);

/// Longest delay after an expected result.
const ROUTINE_DELAY: Duration = Duration::from_millis(500);

/// Interval while nothing is observed: the ages on the screen are in seconds.
const TICK: Duration = Duration::from_secs(1);

/// Interval while an action or an outage is in progress: progress is shown in quarters of a second.
const FAST_TICK: Duration = Duration::from_millis(250);

/// How soon a change has to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// The operator pressed a key, or waits for an answer.
    Key,
    /// An observation that may change the picture.
    News,
    /// An expected observation, such as a probe that succeeded.
    Routine,
}

impl Urgency {
    /// Returns how soon an observation has to be drawn.
    pub(super) fn of(observation: &Observation) -> Self {
        match observation {
            Observation::Health(probe) if probe.outcome == ProbeOutcome::Ok => Self::Routine,
            Observation::Traffic(probe) if matches!(probe.outcome, TrafficOutcome::Answered(200)) => Self::Routine,
            Observation::Lease { .. } | Observation::Write(_) | Observation::Leader(_) | Observation::Runtime(_) => {
                Self::Routine
            }
            _ => Self::News,
        }
    }
}

/// Timer of the next frame.
#[derive(Debug)]
pub(super) struct FrameTimer {
    clock: Clock,
    drawn: Instant,
    due: Instant,
}

impl FrameTimer {
    /// Creates a timer whose first frame is due at once.
    pub(super) fn new(clock: Clock) -> Self {
        let now = clock.instant_now();
        Self { clock, drawn: now, due: now }
    }

    /// Moves the next frame forward to the delay of `urgency`, counted from the last frame.
    pub(super) fn request(&mut self, urgency: Urgency) {
        let delay = match urgency {
            Urgency::Key => KEY_DELAY,
            Urgency::News => NEWS_DELAY,
            Urgency::Routine => ROUTINE_DELAY,
        };
        self.due = self.due.min(self.drawn + delay);
    }

    /// Returns the time at which the next frame is due.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Notes that a frame was drawn. `in_progress` selects the faster tick.
    pub(super) fn set_drawn(&mut self, in_progress: bool) {
        self.drawn = self.clock.instant_now();
        self.due = self.drawn + if in_progress { FAST_TICK } else { TICK };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_is_drawn_before_news_and_news_before_routine() {
        let mut timer = FrameTimer::new(Clock::start());
        timer.set_drawn(false);
        let drawn = timer.drawn;
        assert_eq!(timer.due(), drawn + TICK);
        timer.request(Urgency::Routine);
        assert_eq!(timer.due(), drawn + ROUTINE_DELAY);
        timer.request(Urgency::News);
        assert_eq!(timer.due(), drawn + NEWS_DELAY);
        timer.request(Urgency::Key);
        assert_eq!(timer.due(), drawn + KEY_DELAY);
        timer.request(Urgency::Routine);
        assert_eq!(timer.due(), drawn + KEY_DELAY);
    }
}
