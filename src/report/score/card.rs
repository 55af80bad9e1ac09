//! The score card as a value: all that the JSON holds and the Markdown shows of one outage.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    attribution::{self, Attribution},
    claims::{self, Claim},
    lanes::{self, LaneScore, RetryGap},
    steps::{self, ReachedStep},
};
use crate::{
    observation::{FaultAction, Time},
    units::seconds,
    world::{ConfirmedBy, Outage, Tally, World},
};

/// The score card of one outage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreCard {
    /// Beginning of the outage: T+ counts from here.
    pub began: Time,
    /// Time at which everything was back. `None` while it is not.
    pub ended: Option<Time>,
    /// Length in seconds, up to the moment of the report if it is under way.
    pub duration_s: f64,
    /// The fault. `None` if none of blackout's faults is proven or suggested.
    pub fault: Option<FaultAction>,
    /// The cause, who acted, how that is known and how certain it is.
    #[serde(rename = "blame")]
    pub attribution: Attribution,
    /// First evidence of the outage: `fault`, `engine`, `health` or `journal`.
    #[serde(rename = "first_told_by")]
    pub detected_by: &'static str,
    /// Each step that was reached, in the order of time.
    pub steps: Vec<ReachedStep>,
    /// Checks of `/readyz` on a fixed clock during the outage.
    pub control_plane: Availability,
    /// Server-side dry runs of a write during the outage.
    pub writes: Availability,
    /// Requests to httpbin through the NodePorts of all workers, on a fixed clock, during the outage.
    pub httpbin: Availability,
    /// The same requests, by worker.
    pub workers: BTreeMap<String, Availability>,
    /// Number of journal lines about the control plane.
    pub lines: u64,
    /// Number of failures in those lines: two lines about one failure count once.
    pub failures: u64,
    /// Lanes in the order in which they lit.
    pub lanes: Vec<LaneScore>,
    /// The longest waits between two tries.
    pub longest_gaps: Vec<RetryGap>,
    /// What worked and what did not.
    pub claims: Vec<Claim>,
}

/// Requests answered, of requests sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Availability {
    /// Number of requests that got the expected answer.
    pub answered: u64,
    /// Number of requests sent.
    pub sent: u64,
    /// Number of slots of the clock in which nothing was sent: unknown.
    pub missed: u64,
    /// Share of requests that were answered, from 0 to 1. `None` if none was sent.
    pub ratio: Option<f64>,
}

impl From<Tally> for Availability {
    fn from(tally: Tally) -> Self {
        Self { answered: tally.answered, sent: tally.sent, missed: tally.missed, ratio: tally.ratio() }
    }
}

impl ScoreCard {
    /// The score card of `outage`, which is one of `world`'s, at `now`.
    pub fn of(outage: &Outage, world: &World, now: Time) -> Self {
        let (fault, attribution) = attribution::of(outage, now);
        Self {
            began: outage.began,
            ended: outage.ended(),
            duration_s: seconds(outage.duration(now)),
            fault,
            attribution,
            detected_by: match outage.confirmed_by() {
                Some(ConfirmedBy::Fault(_)) => "fault",
                Some(ConfirmedBy::Engine) => "engine",
                Some(ConfirmedBy::Health) => "health",
                None => "journal",
            },
            steps: steps::steps(outage, world),
            control_plane: outage.health.into(),
            writes: outage.probe_results.writes.tally.into(),
            httpbin: outage.traffic_tally().into(),
            workers: outage.traffic.iter().map(|(worker, tally)| (worker.clone(), (*tally).into())).collect(),
            lines: outage.lines,
            failures: outage.failures,
            lanes: lanes::lanes(outage, world),
            longest_gaps: lanes::longest_gaps(outage),
            claims: claims::claims(outage, world, now),
        }
    }
}
