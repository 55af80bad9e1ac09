//! A tape that is played, as the screen knows it: where the playhead stands, and what is worth seeing on the way.
//!
//! The player itself lives in the session; this is what a person sees of it, and what a person can ask of it.

use std::sync::Arc;

use chrono::Duration;

use crate::{
    observation::Time,
    world::{LaneId, World},
};

/// What a person can ask of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Pause, or go on; at the end: from the start.
    Toggle,
    /// To the next moment at which something was said, or to the one before; and stay there.
    Step {
        /// Which of the two.
        forward: bool,
    },
    /// By so many seconds, backwards where negative.
    Skip(i32),
    /// To the next sight, or to the one before.
    Sight {
        /// Which of the two.
        forward: bool,
    },
    /// To the start.
    Start,
    /// To the end.
    End,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
}

/// What kind of moment is worth seeing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landmark {
    /// An outage began.
    Began,
    /// A lane was lit.
    Lane(LaneId),
    /// An outage was over.
    Ended,
    /// The operator's mark.
    Mark(String),
}

/// A moment that is worth seeing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// When.
    pub at: Time,
    /// What.
    pub landmark: Landmark,
}

impl Sight {
    /// A word or two for a person.
    pub fn name(&self) -> String {
        match &self.landmark {
            Landmark::Began => "outage begins".to_owned(),
            Landmark::Lane(lane) => format!("lane {}", lane.name()),
            Landmark::Ended => "outage is over".to_owned(),
            Landmark::Mark(word) if word.is_empty() => "mark".to_owned(),
            Landmark::Mark(word) => format!("mark: {word}"),
        }
    }
}

/// What is on a tape, from end to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reel {
    /// When it begins.
    pub start: Time,
    /// When it ends.
    pub end: Time,
    /// What is worth seeing, in order.
    pub sights: Vec<Sight>,
    /// From when to when there was an outage.
    pub outages: Vec<(Time, Time)>,
}

impl Reel {
    /// What is on a tape that leads to `world`.
    pub fn of(start: Time, end: Time, world: &World) -> Self {
        let mut sights = Vec::new();
        let mut outages = Vec::new();
        for outage in world.outages.iter() {
            // the history that a journal sends at the start is from before the tape
            if outage.ended.is_some_and(|ended| ended < start) {
                continue;
            }
            outages.push((outage.began.clamp(start, end), outage.ended.unwrap_or(end).clamp(start, end)));
            sights.push(Sight { at: outage.began, landmark: Landmark::Began });
            let lanes = outage.lanes.iter().map(|(id, lane)| (id, lane.span.first));
            sights.extend(lanes.map(|(id, at)| Sight { at, landmark: Landmark::Lane(id) }));
            sights.extend(outage.ended.map(|at| Sight { at, landmark: Landmark::Ended }));
        }
        sights.extend(world.marks.iter().map(|m| Sight { at: m.at, landmark: Landmark::Mark(m.word.clone()) }));
        for sight in &mut sights {
            sight.at = sight.at.clamp(start, end);
        }
        sights.sort_by_key(|sight| sight.at);
        Self { start, end, sights, outages }
    }

    /// The sight after `at`, or the one before.
    pub fn sight(&self, at: Time, forward: bool) -> Option<&Sight> {
        match forward {
            true => self.sights.iter().find(|sight| sight.at > at),
            false => self.sights.iter().rev().find(|sight| sight.at < at),
        }
    }

    /// The newest sight at `at`.
    pub fn newest(&self, at: Time) -> Option<&Sight> {
        self.sights.iter().rev().find(|sight| sight.at <= at)
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end - self.start
    }
}

/// A tape that is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// What is on it.
    pub reel: Arc<Reel>,
    /// Where the playhead stands.
    pub at: Time,
    /// Whether it moves.
    pub playing: bool,
    /// How fast, where 1 is as it was.
    pub speed: f64,
}
