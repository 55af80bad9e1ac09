//! One-shot readiness check of a control plane, used while restoring.

use std::fmt;

use super::check::{self, CHECK_TIMEOUT, CheckResult};
use crate::{
    clock::Clock,
    observation::{Cluster, HealthCheck, ProbeOutcome},
    source::access::{AccessError, ApiAccess, ApiConnection, CredentialCache},
};

/// Readiness of a control plane, as far as it can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// `/readyz` answered with 200.
    Ready,
    /// The port accepts connections, and `/readyz` can't be requested, for this human-readable reason.
    PortOpen(String),
    /// Not ready, for this human-readable reason.
    NotReady(String),
}

impl Readiness {
    /// Whether the control plane is ready as far as it can be checked.
    pub fn is_ready(&self) -> bool {
        !matches!(self, Self::NotReady(_))
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("/readyz returned 200"),
            Self::PortOpen(reason) => write!(f, "the port is open, and /readyz cannot be requested: {reason}"),
            Self::NotReady(reason) => f.write_str(reason),
        }
    }
}

/// Requests `/readyz` over a connection of its own, or connects to the port if the kubeconfig or its context is
/// missing. Takes at most `CHECK_TIMEOUT` once the kubeconfig is read.
pub async fn readiness(
    access: &ApiAccess,
    credentials: &CredentialCache,
    cluster: &Cluster,
    clock: Clock,
) -> Readiness {
    let connection = access.connection(Some(cluster), credentials, clock).await;
    let client = connection.and_then(|ApiConnection { mut config, .. }| {
        config.connect_timeout = Some(CHECK_TIMEOUT);
        check::client(config)
    });
    let (result, port_only) = match (client, &cluster.api_endpoint) {
        (Ok(client), _) => (check::get(clock, &client, HealthCheck::Readyz, "/readyz").await, None),
        // an unreadable kubeconfig may be mid-write, so only a missing one, or a missing context, falls back to the
        // port
        (Err(error @ (AccessError::Missing { .. } | AccessError::NoContext { .. })), Some(endpoint)) => {
            (check::port(clock, endpoint).await, Some(error.to_string()))
        }
        (Err(error), _) => return Readiness::NotReady(error.to_string()),
    };
    let CheckResult { probe, message } = result;
    match (probe.outcome, port_only) {
        (ProbeOutcome::Ok, None) => Readiness::Ready,
        (ProbeOutcome::Ok, Some(reason)) => Readiness::PortOpen(reason),
        (ProbeOutcome::Status(status), _) => Readiness::NotReady(format!("/readyz returned {status}")),
        (ProbeOutcome::Failed(error), _) => {
            Readiness::NotReady(message.unwrap_or_else(|| format!("/readyz failed: {}", error.as_str())))
        }
    }
}
