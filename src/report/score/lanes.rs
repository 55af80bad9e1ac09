//! The failure ladder on the score card: each lane with its times and counts, and the longest waits between tries.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::Serialize;

use super::evidence::{self, EvidenceLine};
use crate::{
    observation::Time,
    units::seconds,
    world::{Lane, LaneId, LaneSpan, Outage, World},
};

/// Number of retry gaps on the card.
const LONGEST_GAPS: usize = 3;

/// Times and counts of one kind of failure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanScore {
    /// Time of the first line.
    pub first: Time,
    /// Time of the last line.
    pub last: Time,
    /// Seconds from the beginning of the outage to the first line.
    pub first_t_plus_s: f64,
    /// Seconds from the beginning of the outage to the last line.
    pub last_t_plus_s: f64,
    /// Journal lines in this lane.
    pub lines: u64,
    /// Number of failures: two lines about one failure count once.
    pub failures: u64,
}

/// A lane of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaneScore {
    /// Lane that the counts are of.
    pub lane: LaneId,
    /// Times and counts over all workers.
    #[serde(flatten)]
    pub span: SpanScore,
    /// Times and counts of each worker, by name.
    pub workers: BTreeMap<String, SpanScore>,
    /// The first lines, as the kubelets wrote them.
    pub evidence: Vec<EvidenceLine>,
}

/// A wait between two tries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetryGap {
    /// The worker whose kubelet retried.
    pub worker: String,
    /// The call that was retried.
    pub activity: String,
    /// The object or resource of the call. `None` if the lines do not name it.
    pub resource: Option<String>,
    /// Length of the wait in seconds.
    pub gap_s: f64,
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

/// The lit lanes of `outage`, in the order of the ladder.
pub(super) fn lanes(outage: &Outage, world: &World) -> Vec<LaneScore> {
    let lane = |(id, lane): (LaneId, &Lane)| LaneScore {
        lane: id,
        span: span(&lane.span, outage.began),
        workers: lane.by_worker.iter().map(|(name, own)| (name.to_string(), span(own, outage.began))).collect(),
        evidence: evidence::of_lane(outage, world, id),
    };
    outage.lanes.iter().map(lane).collect()
}

/// The longest gap of each retry loop, of which the longest are returned.
pub(super) fn longest_gaps(outage: &Outage) -> Vec<RetryGap> {
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
