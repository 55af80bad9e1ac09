//! The protocol between the dashboard and its guard: one JSON object a line, over the guard's standard input and
//! output.
//!
//! The end of the requests without a [`GuardRequest::Release`] before it means that the dashboard is gone: the guard
//! then brings the control plane back. The guard never waits for a reader of its reports.

use serde::{Deserialize, Serialize};

use super::intent::Intent;
use crate::{
    observation::{Cluster, FaultAction, OperatorStep},
    source::access::ApiAccess,
};

/// Capacity of the channels for requests and for reports; a guard gets a handful of requests and sends two reports a
/// second at most.
pub(super) const QUEUE_CAPACITY: usize = 256;

/// The cluster that a guard watches over, and how it reaches its API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The cluster, as the engine described it.
    pub cluster: Cluster,
    /// How to reach the cluster's API server.
    pub access: ApiAccess,
    /// Seconds from a fault to its automatic restore.
    pub restore_after_s: u64,
}

/// A request of the dashboard to its guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum GuardRequest {
    /// Watch over this cluster. Sent once, as the first request.
    Watch(Assignment),
    /// Inject a fault into the container of the assignment.
    Fault {
        /// The fault to inject.
        #[serde(rename = "deed")]
        action: FaultAction,
        /// Name of the container.
        container: String,
        /// Whether the operator has agreed to inject it although the intent cannot be written to disk.
        without_intent: bool,
    },
    /// Bring the control plane back, whoever took it away.
    Restore {
        /// Name of the container.
        container: String,
    },
    /// Watch over a fault that another guard has injected.
    Adopt {
        /// The intent of that fault.
        intent: Box<Intent>,
        /// Whether the operator knows of it: a fault of this very dashboard, whose guard was killed. The intent of an
        /// earlier run stays on disk if the dashboard ends before the guard has reported it.
        known: bool,
    },
    /// Leave the control plane as it is, for good: nothing is restored, and the intent is deleted.
    Release,
}

/// A report of a guard to its dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum GuardReport {
    /// The guard serves requests.
    Ready {
        /// Process id of the guard.
        pid: u32,
        /// Reason why no intent can be written to disk. `None` if it can.
        intent_fails: Option<String>,
        /// Process id of another guard that watches over the same cluster. `None` if there is none.
        watched_by: Option<u32>,
    },
    /// A step of a fault or a restore.
    Step(OperatorStep),
    /// A fault was not injected, because its intent cannot be written to disk: the operator has to agree first.
    NeedsConsent {
        /// The fault that was asked for.
        #[serde(rename = "deed")]
        action: FaultAction,
        /// Reason why the intent cannot be written.
        reason: String,
    },
    /// A fault is outstanding from now on: the guard undoes it.
    Outstanding {
        /// The fault, as on disk.
        intent: Box<Intent>,
        /// Whether an earlier run has injected it.
        adopted: bool,
    },
    /// Nothing is outstanding any more, and the guard ends.
    Settled {
        /// Reason, for a person: restored, started by somebody else, left down, or never injected.
        reason: String,
    },
    /// No process could be started: the supervisor runs inside the dashboard, and ends with it.
    Fallback {
        /// Reason, for a person.
        reason: String,
    },
    /// A sentence for the operator.
    Notice {
        /// Text of the sentence.
        text: String,
    },
}
