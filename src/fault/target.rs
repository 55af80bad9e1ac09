//! The container that a fault is done to.
//!
//! A container is accepted only if its labels, inspected at that moment, are those of the chosen cluster's control
//! plane.

use bollard::models::ContainerInspectResponse;

use super::{error::FaultError, network_address::NetworkAddress};
use crate::engine::{CLUSTER_LABEL, EngineClient, ROLE_LABEL};

/// Value of [`ROLE_LABEL`] of a control plane.
const CONTROL_PLANE: &str = "control-plane";

/// A control plane's container, as the engine described it a moment ago.
#[derive(Debug, Clone)]
pub struct ContainerTarget {
    /// Id of the container, which another container of the same name does not have.
    pub id: String,
    /// Name of the container, without the engine's leading slash.
    pub name: String,
    /// Whether the container's processes exist, frozen or not (`State.Running`).
    pub running: bool,
    /// Whether the container's processes are frozen (`State.Paused`).
    pub paused: bool,
    /// Time of the last start (`State.StartedAt`, RFC 3339 as the engine wrote it). It stays when the container ends,
    /// so that a start by somebody else is visible after a later stop. `None` if it was never started.
    pub started_at: Option<String>,
    /// Exit code of the last run. `None` if the container runs or never ran.
    pub exit_code: Option<i64>,
    /// Networks that the container is attached to, without addresses while it does not run; empty if it is detached.
    pub networks: Vec<NetworkAddress>,
}

/// Inspects `container`, and accepts only a control plane of `cluster`.
pub(super) async fn inspect(
    client: &EngineClient,
    cluster: &str,
    container: &str,
) -> Result<ContainerTarget, FaultError> {
    let operation = format!("inspect {container}");
    let inspected = match client.request(&operation, client.docker().inspect_container(container, None)).await {
        Ok(inspected) => inspected,
        Err(error) if error.is_not_found() => {
            return Err(FaultError::NoContainer { container: container.to_owned(), cluster: cluster.to_owned() });
        }
        Err(error) => return Err(error.into()),
    };
    target(inspected, cluster).map_err(|found| FaultError::NotOurs {
        container: container.to_owned(),
        found,
        cluster: cluster.to_owned(),
    })
}

/// Returns the target, or the kind of a container that is not accepted, with its article.
fn target(inspected: ContainerInspectResponse, cluster: &str) -> Result<ContainerTarget, String> {
    let labels = inspected.config.and_then(|config| config.labels).unwrap_or_default();
    let (Some(actual_cluster), Some(role)) = (labels.get(CLUSTER_LABEL), labels.get(ROLE_LABEL)) else {
        return Err("not a node of a kind cluster".to_owned());
    };
    if actual_cluster != cluster || role != CONTROL_PLANE {
        return Err(format!("a {role} of the kind cluster `{actual_cluster}`"));
    }
    let (Some(id), Some(name)) = (inspected.id, inspected.name) else {
        return Err("a container without an id".to_owned());
    };
    let state = inspected.state.unwrap_or_default();
    let networks = inspected.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let mut networks: Vec<_> =
        networks.into_iter().map(|(network, settings)| NetworkAddress::from_settings(network, settings)).collect();
    networks.retain(|address| address.network != "none");
    networks.sort();
    Ok(ContainerTarget {
        id,
        name: name.trim_start_matches('/').to_owned(),
        running: state.running == Some(true),
        paused: state.paused == Some(true),
        exit_code: state.exit_code.filter(|_| state.running != Some(true)),
        started_at: state.started_at.filter(|at| !at.is_empty() && !at.starts_with("0001-")),
        networks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(json: &str) -> ContainerInspectResponse {
        serde_json::from_str(json).unwrap()
    }

    fn with_labels(labels: &str) -> Result<ContainerTarget, String> {
        target(inspected(&format!(r#"{{"Id":"1","Name":"/n","Config":{{"Labels":{labels}}}}}"#)), "demo")
    }

    #[test]
    fn a_control_plane_of_the_cluster_is_accepted() {
        let target = with_labels(r#"{"io.x-k8s.kind.cluster":"demo","io.x-k8s.kind.role":"control-plane"}"#).unwrap();
        assert_eq!((target.id.as_str(), target.name.as_str()), ("1", "n"));
    }

    #[test]
    fn any_other_container_is_refused_with_its_kind() {
        for (labels, found) in [
            ("null", "not a node of a kind cluster"),
            ("{}", "not a node of a kind cluster"),
            (r#"{"io.x-k8s.kind.cluster":"demo"}"#, "not a node of a kind cluster"),
            (
                r#"{"io.x-k8s.kind.cluster":"demo","io.x-k8s.kind.role":"worker"}"#,
                "a worker of the kind cluster `demo`",
            ),
            (
                r#"{"io.x-k8s.kind.cluster":"prod","io.x-k8s.kind.role":"control-plane"}"#,
                "a control-plane of the kind cluster `prod`",
            ),
            (
                r#"{"io.x-k8s.kind.cluster":"","io.x-k8s.kind.role":"control-plane"}"#,
                "a control-plane of the kind cluster ``",
            ),
        ] {
            assert_eq!(with_labels(labels).unwrap_err(), found, "{labels}");
        }
    }
}
