//! Jumps of this machine's clocks relative to each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A jump, found by the session after it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeJump {
    /// Cause of the jump.
    pub cause: JumpCause,
    /// Size of the jump in milliseconds; negative if the wall clock was set back.
    pub ms: i64,
}

/// Cause of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JumpCause {
    /// A sleep of the machine, which session time includes.
    Sleep,
    /// A change of the wall clock, which session time does not follow.
    ClockSet,
    /// One of the two, forward, on a system whose clocks can't tell them apart. Session time includes it.
    Unclear,
}

impl TimeJump {
    /// Time by which session time moved forward; zero if it did not.
    pub fn slept(&self) -> Duration {
        match self.cause {
            JumpCause::Sleep | JumpCause::Unclear => Duration::from_millis(self.ms.max(0) as u64),
            JumpCause::ClockSet => Duration::ZERO,
        }
    }
}
