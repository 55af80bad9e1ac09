//! The jumps of this machine's clocks, and the sentence about the last one.

use crate::observation::{JumpCause, Time, TimeJump};

/// How long the headline begins with a jump: as long as a person needs to come back to a laptop and read.
const NEWS: chrono::Duration = chrono::Duration::seconds(60);

/// The last jumps, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeJumps {
    last: Vec<(Time, TimeJump)>,
}

impl TimeJumps {
    /// Folds one jump. Those that came with it, in the same second, are kept beside it.
    pub fn jump(&mut self, at: Time, jump: TimeJump) {
        self.last.retain(|(before, _)| at - *before < chrono::Duration::seconds(1));
        // a clock that jumps all the time, on a damaged tape, must not fill the memory
        if self.last.len() < 2 {
            self.last.push((at, jump));
        }
    }

    /// The jumps of the last moment at which there were any.
    pub fn latest(&self) -> impl Iterator<Item = &(Time, TimeJump)> {
        self.last.iter()
    }

    /// What to say of the last jump. `None` if it is no news any more.
    pub fn news(&self, now: Time) -> Option<String> {
        let news: Vec<_> =
            self.last.iter().filter(|(at, _)| now - *at < NEWS).map(|(_, jump)| sentence(*jump)).collect();
        (!news.is_empty()).then(|| news.join(" "))
    }
}

/// One jump, for a person.
pub fn sentence(jump: TimeJump) -> String {
    let by = crate::units::duration(chrono::Duration::milliseconds(jump.ms.saturating_abs()));
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
            (JumpCause::Sleep, 2_520, "This machine slept 42 min until just now."),
            (JumpCause::Sleep, 5, "This machine slept 5 s until just now."),
            (JumpCause::ClockSet, -90, "This machine's clock was set back by 1 min 30 s just now."),
            (JumpCause::ClockSet, 3_600, "This machine's clock was set forward by 1 h 0 min just now."),
            (JumpCause::Unclear, 60, "This machine slept 1 min until just now, or its clock was set forward."),
        ];
        for (cause, seconds, expected) in cases {
            assert_eq!(sentence(jump(cause, seconds)), expected);
        }
    }

    #[test]
    fn jumps_of_one_moment_are_said_together_and_for_a_minute() {
        let mut jumps = TimeJumps::default();
        jumps.jump(START, jump(JumpCause::Sleep, 30));
        let later = START + chrono::Duration::seconds(300);
        jumps.jump(later, jump(JumpCause::Sleep, 60));
        jumps.jump(later, jump(JumpCause::ClockSet, -5));
        let expected = "This machine slept 1 min until just now. This machine's clock was set back by 5 s just now.";
        assert_eq!(jumps.news(later).as_deref(), Some(expected));
        assert_eq!(jumps.news(later + NEWS), None);
    }

    #[test]
    fn any_number_of_a_damaged_tape_has_a_sentence() {
        assert!(sentence(TimeJump { cause: JumpCause::ClockSet, ms: i64::MIN }).contains("set back by"));
    }
}
