//! Health checks of the control plane.

use serde::{Deserialize, Serialize};

use super::probe_error::ProbeError;

/// The three checks of the control plane, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthCheck {
    /// A TCP connection to the API server's port.
    Port,
    /// `GET /livez` of the API server.
    Livez,
    /// `GET /readyz?verbose` of the API server.
    Readyz,
}

/// Result of a health check or of a tried write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// A connection for [`HealthCheck::Port`], status 200 for the other checks, 2xx for a write.
    Ok,
    /// Another HTTP status: 403 before RBAC is loaded, 500 while a named check fails, 429 if the server is overloaded.
    Status(u16),
    /// No answer; the kind of the failure.
    Failed(ProbeError),
}

/// One health check of the control plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthProbe {
    /// Kind of the check.
    pub check: HealthCheck,
    /// Microseconds until the answer or the failure.
    pub latency_us: u64,
    /// Result of the check.
    pub outcome: ProbeOutcome,
    /// Named checks of `/readyz?verbose`, in the server's order; empty for the other checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<NamedCheck>,
}

/// One line of `/readyz?verbose`: `[+]etcd ok` or `[-]etcd failed: reason withheld`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCheck {
    /// Name of the check, such as `etcd` or `poststarthook/rbac/bootstrap-roles`.
    pub name: String,
    /// Whether the check passed.
    pub ok: bool,
}
