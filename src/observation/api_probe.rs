//! Probes of the API server beyond its health: a write that is tried out, and a component's leader lease.

use serde::{Deserialize, Serialize};

use super::{health_probe::ProbeOutcome, time::Time};

/// A server-side dry run (`dryRun=All`) of a write: it takes the whole path of a write, and nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteProbe {
    /// Microseconds until the answer or the failure.
    pub latency_us: u64,
    /// Result of the request. 403 says that this user may not write, and nothing about the API server.
    pub outcome: ProbeOutcome,
}

/// One read of the lease by which a control plane component leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderProbe {
    /// Name of the component and of its lease, such as `kube-scheduler`.
    pub component: String,
    /// Answer of the API server. A request without an answer gives no observation.
    #[serde(flatten)]
    pub outcome: LeaderOutcome,
}

/// Answer to a request for a leader lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaderOutcome {
    /// `spec.renewTime` of the lease.
    Renewed(Time),
    /// HTTP status of a refusal: 404 if there is no such lease, 401 or 403 if this user may not read it.
    Status(u16),
}
