//! What the dashboard and its guard say to each other: one JSON object a line, over the guard's standard input and
//! output.
//!
//! The end of the requests without a [`GuardRequest::Release`] before it means that the dashboard is gone: the guard then
//! brings the control plane back. The guard never waits for a reader of its reports.

use serde::{Deserialize, Serialize};

use super::Intent;
use crate::{
    observation::{Cluster, FaultAction, OperatorStep},
    source::access::ApiAccess,
};

/// Which cluster a guard watches over, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The cluster, as the engine described it.
    pub cluster: Cluster,
    /// The way to its API server.
    pub access: ApiAccess,
    /// Seconds after which the control plane is brought back by itself.
    pub restore_after_s: u64,
}

/// What the dashboard asks of its guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum GuardRequest {
    /// Watch over this cluster. The first request, and only the first.
    Watch(Assignment),
    /// Do a fault.
    Fault {
        /// The fault that is meant.
        deed: FaultAction,
        /// Name of the container.
        container: String,
        /// Whether the operator has agreed to do it although the intent cannot be put on disk.
        without_intent: bool,
    },
    /// Bring the control plane back, whoever took it away.
    Restore {
        /// Name of the container.
        container: String,
    },
    /// Watch over the fault that an earlier run left behind.
    Adopt {
        /// Its intent.
        intent: Box<Intent>,
        /// Whether the operator knows of it: a fault of this very dashboard, whose guard was killed. One of an earlier run
        /// is left on disk if the dashboard goes before it was offered.
        known: bool,
    },
    /// Leave the control plane as it is, for good: nothing is brought back, and the intent goes.
    Release,
}

/// What a guard reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum GuardReport {
    /// It watches.
    Ready {
        /// Its process id.
        pid: u32,
        /// Why no intent could be put on disk. `None` if it could.
        intent_fails: Option<String>,
        /// Process id of another guard that watches over the same cluster. `None` if there is none.
        watched_by: Option<u32>,
    },
    /// A step of a fault or a restore.
    Step(OperatorStep),
    /// A fault was not begun, because the intent cannot be put on disk: the operator has to agree first.
    NeedsConsent {
        /// The fault that is meant.
        deed: FaultAction,
        /// Why the intent cannot be written.
        reason: String,
    },
    /// A fault is outstanding, from now on: the guard undoes it.
    Outstanding {
        /// What was done, as on the disk.
        intent: Box<Intent>,
        /// Whether an earlier run has done it.
        adopted: bool,
    },
    /// Nothing is outstanding any more.
    Settled {
        /// Why, for a person: restored, started by somebody else, left down, never done.
        reason: String,
    },
    /// No process could be started: the supervisor runs inside the dashboard, and ends with it.
    Fallback {
        /// Why, for a person.
        reason: String,
    },
    /// A sentence for the operator.
    Notice {
        /// The sentence.
        text: String,
    },
}
