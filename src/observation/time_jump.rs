//! A jump of this machine's clocks against each other.

use serde::{Deserialize, Serialize};

/// A jump, as the session found it out after the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeJump {
    /// What happened to the clocks.
    pub cause: JumpCause,
    /// By how many milliseconds; negative for a wall clock that was set back.
    pub ms: i64,
}

/// What made the clocks disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JumpCause {
    /// The machine slept; the session's time has gone along.
    Sleep,
    /// The wall clock was set; the session's time has not followed.
    ClockSet,
    /// One of both, forward: this system can't tell. The session's time has gone along.
    Unclear,
}

impl TimeJump {
    /// The time by which the session's time has gone along; zero if it has not.
    pub fn slept(&self) -> std::time::Duration {
        match self.cause {
            JumpCause::Sleep | JumpCause::Unclear => std::time::Duration::from_millis(self.ms.max(0) as u64),
            JumpCause::ClockSet => std::time::Duration::ZERO,
        }
    }
}
