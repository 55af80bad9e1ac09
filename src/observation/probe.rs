//! What blackout's own requests met: health checks of the control plane, and traffic to the workload.

use serde::{Deserialize, Serialize};

/// How a request failed before it had an HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeError {
    /// The host is there and the port is closed.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection was closed without an answer.
    Eof,
    /// No answer in the time given.
    Timeout,
    /// The TLS handshake failed: certificate, name or protocol.
    Tls,
    /// The name did not resolve.
    Dns,
    /// There is no way to the host.
    Unreachable,
    /// Something else; the source's health has the words.
    Other,
}

/// The three checks of the control plane, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthCheck {
    /// A TCP connection to the API server's port.
    Port,
    /// `GET /livez`.
    Livez,
    /// `GET /readyz?verbose`.
    Readyz,
}

/// What a health check met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// Connected, or answered 200.
    Ok,
    /// Answered with another HTTP status: 403 before RBAC is there, 500 while named checks fail, 429 when overloaded.
    Status(u16),
    /// No HTTP answer.
    Failed(ProbeError),
}

/// One health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthProbe {
    /// Which of the three.
    pub check: HealthCheck,
    /// How long it took, in microseconds; to the failure where it failed.
    pub latency_us: u64,
    /// What it met.
    pub outcome: ProbeOutcome,
    /// The named checks of `/readyz?verbose`, in the server's order; empty for the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<NamedCheck>,
}

/// One line of `/readyz?verbose`: `[+]etcd ok` or `[-]etcd failed: reason withheld`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCheck {
    /// Its name, such as `etcd` or `poststarthook/rbac/bootstrap-roles`.
    pub name: String,
    /// Whether it passed.
    pub ok: bool,
}

/// What a request to the workload met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficOutcome {
    /// httpbin answered with this HTTP status.
    Answered(u16),
    /// It did not answer.
    Failed(ProbeError),
    /// The prober itself was late for this slot and sent nothing: unknown, neither success nor failure.
    Missed,
}

/// One request to the workload through a worker's NodePort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficProbe {
    /// The worker whose NodePort was asked.
    pub worker: String,
    /// Number of the slot on the worker's fixed clock, from 0. Slots are [`TrafficProbe::SLOT`] apart.
    pub slot: u64,
    /// Time to the answer or failure, in microseconds; 0 for a missed slot.
    pub latency_us: u64,
    /// What it met.
    pub outcome: TrafficOutcome,
}

impl TrafficProbe {
    /// The time between two slots.
    pub const SLOT: std::time::Duration = std::time::Duration::from_millis(500);
}
