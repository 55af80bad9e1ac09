//! A tape in memory.

use super::{
    budget::{TapeCut, TapeLimit},
    damage::Damage,
    header::TapeHeader,
};
use crate::observation::{Stamped, Time};

/// A tape in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// The header, its first line.
    pub header: TapeHeader,
    /// The observations, in the order of their times.
    pub stamped: Vec<Stamped>,
    /// What could not be played.
    pub damage: Damage,
}

impl Tape {
    /// Returns the time of the last observation, or of the start if there is none.
    pub fn end(&self) -> Time {
        self.stamped.last().map_or(self.header.started, |last| last.at)
    }

    /// Records that the tape ends before `line`, because it exceeds `limit`.
    pub(super) fn cut(&mut self, line: u64, limit: TapeLimit) {
        self.damage.cut = Some(TapeCut { line, at: self.end(), limit });
    }
}
