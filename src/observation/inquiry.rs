//! What blackout asks now and then and nobody tells by itself: whether a write is taken, whether the scheduler leads,
//! and which containers run inside a worker.

use serde::{Deserialize, Serialize};

use super::{ProbeOutcome, Time};

/// One write that was tried out: a server-side dry run (`dryRun=All`), of which nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteProbe {
    /// How long it took, in microseconds; to the failure where it failed.
    pub latency_us: u64,
    /// What it met; 403 where this user may not write, which says nothing of the API server.
    pub outcome: ProbeOutcome,
}

/// What the API server says of the lease by which a component of the control plane leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    /// The component, and the name of its lease: `kube-scheduler`.
    pub component: String,
    /// What was answered.
    #[serde(flatten)]
    pub answer: LeaderAnswer,
}

/// What was answered to the question for a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaderAnswer {
    /// `spec.renewTime`.
    Renewed(Time),
    /// There is nothing to see: 404 without such a lease, 403 where this user may not read it.
    Status(u16),
}

/// One look inside a worker: what its container runtime says, without any API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeLook {
    /// The worker.
    pub worker: String,
    /// What was seen.
    #[serde(flatten)]
    pub outcome: RuntimeOutcome,
}

/// What a look inside a worker met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeOutcome {
    /// The containers that run (`crictl ps`).
    Running(Vec<RunningContainer>),
    /// Nobody could look: one line for a person.
    Failed(String),
}

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunningContainer {
    /// `namespace/name` of its pod.
    pub pod: String,
    /// Its name in the pod.
    pub name: String,
    /// How often it was started before: a container that ended and was started again has one more.
    pub attempt: u32,
    /// The start of its id, as `crictl ps` prints it.
    pub id: String,
}
