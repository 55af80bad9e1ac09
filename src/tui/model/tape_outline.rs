//! Outline of a tape: its length, its outages, and the landmarks on it.

use chrono::Duration;

use crate::{
    observation::Time,
    world::{LaneId, World},
};

/// Kind of a landmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LandmarkKind {
    /// Begin of an outage.
    Began,
    /// First reading in a lane.
    Lane(LaneId),
    /// End of an outage.
    Ended,
    /// Mark set by the operator, with its label.
    Mark(String),
}

/// A moment that the player can seek to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landmark {
    /// Time of the moment.
    pub at: Time,
    /// Kind of the moment.
    pub kind: LandmarkKind,
}

impl Landmark {
    /// Short name, as shown on the screen.
    pub fn name(&self) -> String {
        match &self.kind {
            LandmarkKind::Began => "outage begins".to_owned(),
            LandmarkKind::Lane(lane) => format!("lane {}", lane.name()),
            LandmarkKind::Ended => "outage ends".to_owned(),
            LandmarkKind::Mark(word) if word.is_empty() => "mark".to_owned(),
            LandmarkKind::Mark(word) => format!("mark: {word}"),
        }
    }
}

/// Outline of a tape, from which the timeline is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeOutline {
    /// Time of the first observation.
    pub start: Time,
    /// Time of the last observation.
    pub end: Time,
    /// Landmarks, in order of time.
    pub landmarks: Vec<Landmark>,
    /// Begin and end of each outage, cut to the tape.
    pub outages: Vec<(Time, Time)>,
}

impl TapeOutline {
    /// The outline of a tape whose fold is `world`.
    pub fn of(start: Time, end: Time, world: &World) -> Self {
        let mut landmarks = Vec::new();
        let mut outages = Vec::new();
        for outage in world.outages.iter() {
            // a journal begins with history from before the tape
            if outage.ended().is_some_and(|ended| ended < start) {
                continue;
            }
            outages.push((outage.began.clamp(start, end), outage.ended().unwrap_or(end).clamp(start, end)));
            landmarks.push(Landmark { at: outage.began, kind: LandmarkKind::Began });
            let lanes = outage.lanes.iter().map(|(id, lane)| (id, lane.span.first));
            landmarks.extend(lanes.map(|(id, at)| Landmark { at, kind: LandmarkKind::Lane(id) }));
            landmarks.extend(outage.ended().map(|at| Landmark { at, kind: LandmarkKind::Ended }));
        }
        landmarks.extend(world.marks.iter().map(|m| Landmark { at: m.at, kind: LandmarkKind::Mark(m.word.clone()) }));
        for landmark in &mut landmarks {
            landmark.at = landmark.at.clamp(start, end);
        }
        landmarks.sort_by_key(|landmark| landmark.at);
        Self { start, end, landmarks, outages }
    }

    /// The landmark after `at`, or the one before it. `None` if there is none.
    pub fn adjacent_landmark(&self, at: Time, forward: bool) -> Option<&Landmark> {
        match forward {
            true => self.landmarks.iter().find(|landmark| landmark.at > at),
            false => self.landmarks.iter().rev().find(|landmark| landmark.at < at),
        }
    }

    /// The newest landmark at or before `at`. `None` if there is none.
    pub fn landmark_before(&self, at: Time) -> Option<&Landmark> {
        self.landmarks.iter().rev().find(|landmark| landmark.at <= at)
    }

    /// Duration of the tape.
    pub fn length(&self) -> Duration {
        self.end - self.start
    }
}
