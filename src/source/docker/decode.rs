//! The engine's answers, made into facts. Pure: missing and odd fields become "unknown", never an error.

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, ContainerSummary, ContainerSummaryStateEnum, PortMap,
};

use crate::{
    engine::{CLUSTER_LABEL, ROLE_LABEL},
    observation::{Cluster, ClusterNode, ContainerState, NodeRole, RunState, Time},
};

const API_PORT: u16 = 6443;

/// What a list says of one node's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) role: NodeRole,
    pub(super) state: Option<RunState>,
    pub(super) attached: bool,
}

/// What an inspection says of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) state: RunState,
    pub(super) exit_code: Option<i64>,
    pub(super) since: Option<Time>,
    pub(super) attached: bool,
    ports: Ports,
}

/// Published ports: as configured, and as they are while it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ports {
    configured: Vec<(String, String)>,
    current: Vec<(String, String)>,
}

/// Nothing if it is no node of a kind cluster.
pub(super) fn summary(container: ContainerSummary) -> Option<Summary> {
    let labels = container.labels?;
    let name = container.names?.into_iter().next()?;
    let networks = container.network_settings.and_then(|settings| settings.networks);
    Some(Summary {
        id: container.id?,
        name: name.trim_start_matches('/').to_owned(),
        cluster: labels.get(CLUSTER_LABEL)?.clone(),
        role: role(labels.get(ROLE_LABEL)?)?,
        state: container.state.and_then(|state| match state {
            ContainerSummaryStateEnum::CREATED => Some(RunState::Created),
            ContainerSummaryStateEnum::RUNNING => Some(RunState::Running),
            ContainerSummaryStateEnum::PAUSED => Some(RunState::Paused),
            ContainerSummaryStateEnum::RESTARTING => Some(RunState::Restarting),
            ContainerSummaryStateEnum::EXITED => Some(RunState::Exited),
            ContainerSummaryStateEnum::REMOVING => Some(RunState::Removing),
            ContainerSummaryStateEnum::DEAD => Some(RunState::Dead),
            _ => None,
        }),
        attached: networks.is_some_and(|networks| networks.keys().any(|name| name != "none")),
    })
}

fn role(label: &str) -> Option<NodeRole> {
    match label {
        "control-plane" => Some(NodeRole::ControlPlane),
        "worker" => Some(NodeRole::Worker),
        "external-load-balancer" => Some(NodeRole::ExternalLoadBalancer),
        _ => None,
    }
}

pub(super) fn details(container: ContainerInspectResponse) -> Details {
    let settings = container.network_settings.unwrap_or_default();
    let state = container.state.unwrap_or_default();
    let run_state = match state.status {
        Some(Status::RUNNING) => RunState::Running,
        Some(Status::PAUSED) => RunState::Paused,
        Some(Status::RESTARTING) => RunState::Restarting,
        Some(Status::REMOVING) => RunState::Removing,
        Some(Status::EXITED) => RunState::Exited,
        Some(Status::DEAD) => RunState::Dead,
        Some(Status::CREATED) => RunState::Created,
        // an engine of another make: the flags are older than the word
        _ if state.paused == Some(true) => RunState::Paused,
        _ if state.running == Some(true) => RunState::Running,
        _ => RunState::Exited,
    };
    let started = state.started_at.as_deref().and_then(moment);
    let finished = state.finished_at.as_deref().and_then(moment);
    let ended = matches!(run_state, RunState::Exited | RunState::Dead | RunState::Restarting);
    Details {
        state: run_state,
        exit_code: state.exit_code.filter(|_| ended && finished.is_some()),
        since: match run_state {
            RunState::Running => started,
            // the engine does not say when it was paused
            RunState::Paused | RunState::Created => None,
            _ => finished,
        },
        attached: settings.networks.is_some_and(|networks| networks.keys().any(|name| name != "none")),
        ports: Ports {
            configured: container.host_config.and_then(|config| config.port_bindings).map(bindings).unwrap_or_default(),
            current: settings.ports.map(bindings).unwrap_or_default(),
        },
    }
}

/// A cluster from its containers. A load balancer, where there is one, publishes the API.
pub(super) fn cluster(name: String, mut nodes: Vec<(Summary, Details)>, node_port: u16) -> Cluster {
    nodes.sort_by(|(a, _), (b, _)| (a.role, &a.name).cmp(&(b.role, &b.name)));
    let publisher = |role| nodes.iter().find(|(node, _)| node.role == role);
    let api_endpoint = publisher(NodeRole::ExternalLoadBalancer)
        .or_else(|| publisher(NodeRole::ControlPlane))
        .and_then(|(_, details)| details.ports.of(API_PORT));
    let nodes = nodes
        .iter()
        .map(|(node, details)| ClusterNode {
            name: node.name.clone(),
            role: node.role,
            node_port: details.ports.of(node_port),
        })
        .collect();
    Cluster { context: format!("kind-{name}"), name, api_endpoint, nodes }
}

pub(super) fn container(summary: &Summary, details: &Details) -> ContainerState {
    ContainerState {
        node: summary.name.clone(),
        role: summary.role,
        state: details.state,
        exit_code: details.exit_code,
        since: details.since,
        attached: details.attached,
    }
}

impl Ports {
    /// Where a port is published: by the configuration, which survives a stop; else, where the engine chooses a port
    /// at each start, where it is now.
    fn of(&self, port: u16) -> Option<String> {
        let key = format!("{port}/tcp");
        let find = |ports: &[(String, String)]| ports.iter().find(|(of, _)| *of == key).map(|(_, at)| at.clone());
        find(&self.configured).or_else(|| find(&self.current))
    }
}

fn bindings(ports: PortMap) -> Vec<(String, String)> {
    let mut all: Vec<_> = ports
        .into_iter()
        .flat_map(|(port, bindings)| {
            bindings.unwrap_or_default().into_iter().filter_map(move |binding| {
                let host_port = binding.host_port.filter(|port| !port.is_empty() && port != "0")?;
                let host = binding.host_ip.unwrap_or_default();
                Some((port.clone(), format!("{}:{host_port}", reachable(&host))))
            })
        })
        .collect();
    all.sort();
    all
}

/// A listener on every address is reached on the loopback.
fn reachable(host: &str) -> String {
    match host {
        "" | "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        v6 if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]"),
        other => other.to_owned(),
    }
}

/// The engine's times; year 1 is its word for never.
fn moment(text: &str) -> Option<Time> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (at.timestamp() > 0).then_some(at)
}

#[cfg(test)]
mod tests;
