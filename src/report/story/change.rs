//! One line of the story, as it stands in JSON. Names and forms are part of the output of `--headless`.

use serde::Serialize;

use crate::{
    observation::{FaultAction, SourceHealth, Time, TimeJump},
    world::LaneId,
};

/// One change, as one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoryLine {
    /// Milliseconds from the beginning of the run to the moment at which the change was known.
    pub t: i64,
    /// The change, with its kind.
    #[serde(flatten)]
    pub change: Change,
}

/// A change of the story.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// The health of a source changed.
    Source {
        /// Name of the source.
        source: String,
        /// Health of the source from now on.
        #[serde(flatten)]
        health: SourceHealth,
    },
    /// The phase of the control plane changed.
    ControlPlane {
        /// `unknown`, `up`, `stopping`, `down`, `frozen` or `starting`.
        phase: &'static str,
    },
    /// A fault or a restore was requested, or is over.
    #[serde(rename = "deed")]
    Action {
        /// The fault, or `restore`.
        #[serde(rename = "deed")]
        action: FaultAction,
        /// True if it began, false if it is over.
        under_way: bool,
    },
    /// An outage has begun.
    OutageBegan {
        /// Time of the beginning, from which T+ counts.
        began: Time,
    },
    /// A lane was lit.
    Lane {
        /// The lane that was lit.
        lane: LaneId,
        /// Time of its first line, by the journal's clock.
        first: Time,
        /// Seconds from the beginning of the outage to that line.
        t_plus_s: f64,
    },
    /// A step of the outage was reached.
    Step {
        /// Id of the step, such as `container-up`.
        step: &'static str,
        /// Time at which it was reached.
        at: Time,
        /// Seconds from the beginning of the outage to that time.
        t_plus_s: f64,
    },
    /// The freshness of the workload changed, as seen through one worker's NodePort.
    Traffic {
        /// The worker whose NodePort it is.
        worker: String,
        /// `LIVE`, `STALE`, `DOWN` or `UNKNOWN`.
        freshness: &'static str,
    },
    /// An outage is over.
    OutageEnded {
        /// Time of the end.
        ended: Time,
        /// Length of the outage in seconds.
        duration_s: f64,
        /// Number of requests to the workload that were answered.
        answered: u64,
        /// Number of requests to the workload that were sent.
        sent: u64,
        /// Number of journal lines about the control plane.
        lines: u64,
        /// Number of failures in those lines.
        failures: u64,
    },
    /// This machine slept, or its wall clock was changed.
    TimeJump(TimeJump),
    /// The operator set a mark.
    Mark {
        /// The operator's word for it; may be empty.
        word: String,
    },
}
