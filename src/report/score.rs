//! The score card of an outage: how long, which step when, what worked and what did not, and the lines that prove it.
//!
//! A pure value of an outage and of the world it is in. What nobody asked is unknown here, never a success.

mod attribution;
mod claims;
mod evidence;

use std::collections::BTreeMap;

use chrono::Duration;
use serde::Serialize;

pub use attribution::{Actor, Attribution, CauseSource};
pub use claims::{Claim, Finding};
pub use evidence::EvidenceLine;

use crate::{
    observation::{FaultAction, SourceId, Time},
    world::{DetectedBy, Lane, LaneId, LaneSpan, Outage, Tally, World},
};

/// Gaps of retries that are named.
const LONGEST_GAPS: usize = 3;

/// A silence of all kubelets that counts: half of the longest wait of a lease's retry (7 s), rounded down.
const SILENCE: Duration = Duration::seconds(3);

/// The score card of one outage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreCard {
    /// When it began: T+ counts from here.
    pub began: Time,
    /// When everything was back; nothing while it is not.
    pub ended: Option<Time>,
    /// How long it lasted, or has lasted so far.
    pub duration_s: f64,
    /// What was done to the control plane, where that is known or can be guessed.
    pub fault: Option<FaultAction>,
    /// How sure that is, who did it, and who says so.
    pub blame: Attribution,
    /// What first told of it: `fault`, `engine`, `health` or `journal`.
    pub first_told_by: &'static str,
    /// Each step that was reached, in the order of their times.
    pub steps: Vec<ReachedStep>,
    /// `/readyz`, asked on a fixed clock during the outage.
    pub control_plane: Availability,
    /// WriteResults that were tried out (server-side dry runs) during the outage.
    pub writes: Availability,
    /// httpbin through the NodePorts of all workers, asked on a fixed clock during the outage.
    pub httpbin: Availability,
    /// The same, worker by worker.
    pub workers: BTreeMap<String, Availability>,
    /// Journal lines about the control plane.
    pub lines: u64,
    /// Failures in them: twin lines count once.
    pub failures: u64,
    /// The failure ladder.
    pub lanes: Vec<LaneScore>,
    /// The longest waits between two tries.
    pub longest_gaps: Vec<RetryGap>,
    /// What worked and what did not.
    pub claims: Vec<Claim>,
}

/// A step and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachedStep {
    /// Which: `fault-asked`, `engine-event`, `lane-dns`, `lease-renewed` …
    pub step: String,
    /// The node or source, where it is the step of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// When.
    pub at: Time,
    /// Seconds since the outage began.
    pub t_plus_s: f64,
}

/// Probes answered of probes sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Availability {
    /// Probes that got the answer they were there for.
    pub answered: u64,
    /// Probes sent.
    pub sent: u64,
    /// Slots of the clock in which nothing was sent: unknown.
    pub missed: u64,
    /// Answered of sent, from 0 to 1; nothing where nothing was sent.
    pub ratio: Option<f64>,
}

impl From<Tally> for Availability {
    fn from(tally: Tally) -> Self {
        Self { answered: tally.answered, sent: tally.sent, missed: tally.missed, ratio: tally.ratio() }
    }
}

/// When a kind of failure was reported, and how often.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanScore {
    /// The first line.
    pub first: Time,
    /// The last line.
    pub last: Time,
    /// Seconds from the begin of the outage to the first line.
    pub first_t_plus_s: f64,
    /// Seconds from the begin of the outage to the last line.
    pub last_t_plus_s: f64,
    /// Lines.
    pub lines: u64,
    /// Failures: twin lines count once.
    pub failures: u64,
}

/// A lane of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaneScore {
    /// Which.
    pub lane: LaneId,
    /// Over all workers.
    #[serde(flatten)]
    pub span: SpanScore,
    /// Worker by worker.
    pub workers: BTreeMap<String, SpanScore>,
    /// The first lines, as the kubelets wrote them.
    pub evidence: Vec<EvidenceLine>,
}

/// A wait between two tries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetryGap {
    /// The worker.
    pub worker: String,
    /// What its kubelet was doing.
    pub activity: String,
    /// For what, where the lines name it.
    pub resource: Option<String>,
    /// How long it waited.
    pub gap_s: f64,
}

impl ScoreCard {
    /// The score card of `outage`, which is one of `world`'s, as it stands at `now`.
    pub fn of(outage: &Outage, world: &World, now: Time) -> Self {
        let (fault, blame) = attribution::of(outage, now);
        Self {
            began: outage.began,
            ended: outage.ended,
            duration_s: seconds(outage.duration(now)),
            fault,
            blame,
            first_told_by: match outage.detected_by {
                DetectedBy::Fault(_) => "fault",
                DetectedBy::Engine => "engine",
                DetectedBy::Health => "health",
                DetectedBy::Journal => "journal",
            },
            steps: steps(outage, world),
            control_plane: outage.health.into(),
            writes: outage.probe_results.writes.tally.into(),
            httpbin: outage.traffic_tally().into(),
            workers: outage.traffic.iter().map(|(worker, tally)| (worker.clone(), (*tally).into())).collect(),
            lines: outage.lines,
            failures: outage.failures,
            lanes: lanes(outage, world),
            longest_gaps: gaps(outage),
            claims: claims::claims(outage, world, now),
        }
    }
}

/// A time in seconds, to the millisecond.
pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.num_milliseconds() as f64 / 1_000.0
}

fn steps(outage: &Outage, world: &World) -> Vec<ReachedStep> {
    let mut steps = Vec::new();
    let mut reached = |step: String, of: Option<String>, at: Time| {
        steps.push(ReachedStep { step, of, at, t_plus_s: seconds(at - outage.began) });
    };
    for (step, at) in outage.steps.named() {
        if let Some(at) = at {
            reached(step.to_owned(), None, at);
        }
    }
    for (lane, lit) in outage.lanes.iter() {
        reached(format!("lane-{}", lane.name()), None, lit.span.first);
    }
    if let Some(at) = evidence::first_silence(outage, world, SILENCE) {
        reached("first-journal-silence".to_owned(), None, at);
    }
    for (node, at) in &outage.steps.leases {
        reached("lease-renewed".to_owned(), Some(node.clone()), *at);
    }
    for watch in [SourceId::Nodes, SourceId::Pods, SourceId::Leases] {
        let back = world.sources.get(&watch).filter(|_| world.sources.is_live(&watch)).map(|source| source.since);
        let in_time = |at: &Time| outage.steps.container_up.is_some_and(|up| *at >= up) && is_last(outage, world);
        if let Some(at) = back.filter(in_time) {
            reached("watch-back".to_owned(), Some(watch.to_string()), at);
        }
    }
    // stable: steps of one moment stay in the order in which they are usually reached
    steps.sort_by_key(|step| step.at);
    steps
}

/// Whether it is the newest outage: what the world knows of sources and nodes is about it.
fn is_last(outage: &Outage, world: &World) -> bool {
    world.last_outage().is_some_and(|last| last.began == outage.began)
}

fn span(span: &LaneSpan, began: Time) -> SpanScore {
    SpanScore {
        first: span.first,
        last: span.last,
        first_t_plus_s: seconds(span.first - began),
        last_t_plus_s: seconds(span.last - began),
        lines: span.lines,
        failures: span.failures,
    }
}

fn lanes(outage: &Outage, world: &World) -> Vec<LaneScore> {
    let lane = |(id, lane): (LaneId, &Lane)| LaneScore {
        lane: id,
        span: span(&lane.span, outage.began),
        workers: lane.by_worker.iter().map(|(name, own)| (name.to_string(), span(own, outage.began))).collect(),
        evidence: evidence::of_lane(outage, world, id),
    };
    outage.lanes.iter().map(lane).collect()
}

fn gaps(outage: &Outage) -> Vec<RetryGap> {
    let mut gaps: Vec<RetryGap> = outage
        .retries
        .iter()
        .filter(|(_, tries)| tries.longest > Duration::zero())
        .map(|(id, tries)| RetryGap {
            worker: id.worker.to_string(),
            activity: id.activity.to_string(),
            resource: id.resource.as_ref().map(ToString::to_string),
            gap_s: seconds(tries.longest),
        })
        .collect();
    gaps.sort_by(|a, b| b.gap_s.total_cmp(&a.gap_s));
    gaps.truncate(LONGEST_GAPS);
    gaps
}
