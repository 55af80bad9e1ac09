//! Sleeps of this machine and changes of its wall clock, and the sentence about the latest one.
//!
//! Ages are not corrected here: the session's time already contains the sleep.

use crate::{
    observation::{JumpCause, Time, TimeJump},
    units,
};

/// Time for which a jump is part of the headline: as long as a person needs to come back to a laptop and read.
const SHOWN: chrono::Duration = chrono::Duration::seconds(60);

/// The jumps of the latest moment that had any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeJumps {
    latest: Vec<(Time, TimeJump)>,
}

impl TimeJumps {
    /// Applies one jump. One of the second before it is kept: a sleep and a changed clock come together.
    pub fn apply(&mut self, at: Time, jump: TimeJump) {
        self.latest.retain(|(before, _)| at - *before < chrono::Duration::seconds(1));
        // a damaged tape may hold any number of jumps in one second
        if self.latest.len() < 2 {
            self.latest.push((at, jump));
        }
    }

    /// The jumps of the latest moment that had any, oldest first.
    pub fn latest(&self) -> impl Iterator<Item = &(Time, TimeJump)> {
        self.latest.iter()
    }

    /// Sentences about the latest jumps. `None` if there was none in the last minute.
    pub fn sentence(&self, now: Time) -> Option<String> {
        let recent: Vec<_> =
            self.latest.iter().filter(|(at, _)| now - *at < SHOWN).map(|(_, jump)| sentence(*jump)).collect();
        (!recent.is_empty()).then(|| recent.join(" "))
    }
}

/// Sentence about one jump.
fn sentence(jump: TimeJump) -> String {
    let by = units::duration(chrono::Duration::milliseconds(jump.ms.saturating_abs()));
    match (jump.cause, jump.ms < 0) {
        (JumpCause::Sleep, _) => format!("This machine slept {by} until just now."),
        (JumpCause::ClockSet, true) => format!("This machine's clock was set back by {by} just now."),
        (JumpCause::ClockSet, false) => format!("This machine's clock was set forward by {by} just now."),
        (JumpCause::Unclear, _) => {
            format!("This machine slept {by} until just now, or its clock was set forward.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time::UNIX_EPOCH;

    fn jump(cause: JumpCause, seconds: i64) -> TimeJump {
        TimeJump { cause, ms: seconds * 1_000 }
    }

    #[test]
    fn each_cause_has_its_sentence() {
        let cases = [
            (JumpCause::Sleep, 2_520, "This machine slept 42m00s until just now."),
            (JumpCause::Sleep, 5, "This machine slept 5 s until just now."),
            (JumpCause::ClockSet, -90, "This machine's clock was set back by 1m30s just now."),
            (JumpCause::ClockSet, 3_600, "This machine's clock was set forward by 1h00m just now."),
            (JumpCause::Unclear, 60, "This machine slept 1m00s until just now, or its clock was set forward."),
        ];
        for (cause, seconds, expected) in cases {
            assert_eq!(sentence(jump(cause, seconds)), expected);
        }
    }

    #[test]
    fn jumps_of_one_moment_share_a_sentence_for_a_minute() {
        let mut jumps = TimeJumps::default();
        jumps.apply(START, jump(JumpCause::Sleep, 30));
        let later = START + chrono::Duration::seconds(300);
        jumps.apply(later, jump(JumpCause::Sleep, 60));
        jumps.apply(later, jump(JumpCause::ClockSet, -5));
        let expected = "This machine slept 1m00s until just now. This machine's clock was set back by 5 s just now.";
        assert_eq!(jumps.sentence(later).as_deref(), Some(expected));
        assert_eq!(jumps.sentence(later + SHOWN), None);
    }

    #[test]
    fn any_number_of_a_damaged_tape_has_a_sentence() {
        assert!(sentence(TimeJump { cause: JumpCause::ClockSet, ms: i64::MIN }).contains("set back by"));
    }
}
