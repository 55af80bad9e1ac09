//! The container that a fault is done to: nothing is done unless its labels, as the engine has them at that moment, say
//! that it is a control plane of the chosen cluster.

use bollard::models::ContainerInspectResponse;

use super::{FaultError, network::NetworkAddress};
use crate::engine::{CLUSTER_LABEL, EngineClient, ROLE_LABEL};

const CONTROL_PLANE: &str = "control-plane";

/// A container that may be touched, as the engine described it a moment ago.
#[derive(Debug, Clone)]
pub struct ContainerTarget {
    /// Id of the container; stays the same when another container takes its name.
    pub id: String,
    /// Name of the container, without the engine's leading slash.
    pub name: String,
    /// Whether its processes exist, frozen or not (`State.Running`).
    pub running: bool,
    /// Whether its processes are frozen (`State.Paused`).
    pub paused: bool,
    /// When it was last started (`State.StartedAt`, RFC 3339 as the engine wrote it); it outlives the end of the
    /// container, so a start by somebody else shows even after a later stop. `None` if it was never started.
    pub started_at: Option<String>,
    /// Exit code of its last run. `None` if it runs or never ran.
    pub exit_code: Option<i64>,
    /// Its places in the engine's networks; empty if it is cut off. Without its addresses while it does not run.
    pub networks: Vec<NetworkAddress>,
}

/// Inspects `container` and accepts only a control plane of `cluster`.
pub(super) async fn admit(
    client: &EngineClient,
    cluster: &str,
    container: &str,
) -> Result<ContainerTarget, FaultError> {
    let what = format!("inspect {container}");
    let inspected = match client.ask(&what, client.docker().inspect_container(container, None)).await {
        Ok(inspected) => inspected,
        Err(error) if error.is_not_found() => {
            return Err(FaultError::NoContainer { container: container.to_owned(), cluster: cluster.to_owned() });
        }
        Err(error) => return Err(error.into()),
    };
    target(inspected, cluster).map_err(|is| FaultError::NotOurs {
        container: container.to_owned(),
        is,
        cluster: cluster.to_owned(),
    })
}

/// Returns the target, or what the container is instead.
fn target(inspected: ContainerInspectResponse, cluster: &str) -> Result<ContainerTarget, String> {
    let labels = inspected.config.and_then(|config| config.labels).unwrap_or_default();
    let (Some(its_cluster), Some(role)) = (labels.get(CLUSTER_LABEL), labels.get(ROLE_LABEL)) else {
        return Err("no node of a kind cluster".to_owned());
    };
    if its_cluster != cluster || role != CONTROL_PLANE {
        return Err(format!("a {role} of the kind cluster `{its_cluster}`"));
    }
    let (Some(id), Some(name)) = (inspected.id, inspected.name) else {
        return Err("a container without an id".to_owned());
    };
    let state = inspected.state.unwrap_or_default();
    let networks = inspected.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let mut networks: Vec<_> = networks.into_iter().map(NetworkAddress::of).collect();
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
    fn a_control_plane_of_the_cluster_may_pass() {
        let target = with_labels(r#"{"io.x-k8s.kind.cluster":"demo","io.x-k8s.kind.role":"control-plane"}"#).unwrap();
        assert_eq!((target.id.as_str(), target.name.as_str()), ("1", "n"));
    }

    #[test]
    fn everything_else_is_named_and_refused() {
        for (labels, is) in [
            ("null", "no node of a kind cluster"),
            ("{}", "no node of a kind cluster"),
            (r#"{"io.x-k8s.kind.cluster":"demo"}"#, "no node of a kind cluster"),
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
            assert_eq!(with_labels(labels).unwrap_err(), is, "{labels}");
        }
    }
}
