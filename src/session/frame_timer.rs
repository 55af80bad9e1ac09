//! When the next frame is due: at once after a key, soon after task_event, and now and then while time passes.
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
/// After task_event: 20 frames a second.
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
    /// It is task_event.
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
pub(super) struct FrameTimer {
    clock: Clock,
    drawn: Instant,
    due: Instant,
}

impl FrameTimer {
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
        let mut frame_timer = FrameTimer::new(Clock::start());
        frame_timer.drawn(false);
        let drawn = frame_timer.drawn;
        assert_eq!(frame_timer.due(), drawn + BEAT);
        frame_timer.changed(Urgency::Routine);
        assert_eq!(frame_timer.due(), drawn + ROUTINE);
        frame_timer.changed(Urgency::News);
        assert_eq!(frame_timer.due(), drawn + NEWS);
        frame_timer.changed(Urgency::Now);
        assert_eq!(frame_timer.due(), drawn + KEY);
        frame_timer.changed(Urgency::Routine);
        assert_eq!(frame_timer.due(), drawn + KEY);
    }
}
