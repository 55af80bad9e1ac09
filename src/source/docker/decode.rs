//! Converts answers of the engine into facts. Pure: a missing or unknown field becomes "unknown", never an error.

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, ContainerSummary, ContainerSummaryStateEnum, PortMap,
};

use crate::{
    engine::{CLUSTER_LABEL, ROLE_LABEL},
    observation::{Cluster, ClusterNode, ContainerState, NodeRole, RunState, Time},
};

/// Port of the API server in kind's node images.
const API_PORT: u16 = 6443;

/// One node's container in a list of containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeContainer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) role: NodeRole,
    pub(super) state: Option<RunState>,
    pub(super) attached: bool,
}

/// One container in an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerDetails {
    pub(super) state: RunState,
    pub(super) exit_code: Option<i64>,
    pub(super) since: Option<Time>,
    pub(super) attached: bool,
    ports: PublishedPorts,
}

/// Published ports as pairs of a container's `port/tcp` and its `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct PublishedPorts {
    /// Ports in the configuration, which survive a stop.
    configured: Vec<(String, String)>,
    /// Ports in use, which include those that the engine chose at the last start; empty while it does not run.
    current: Vec<(String, String)>,
}

/// Converts an entry of a list. `None` if it is not a node of a kind cluster.
pub(super) fn node_container(container: ContainerSummary) -> Option<NodeContainer> {
    let labels = container.labels?;
    let name = container.names?.into_iter().next()?;
    let networks = container.network_settings.and_then(|settings| settings.networks);
    Some(NodeContainer {
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

/// Converts an inspection of a container.
pub(super) fn details(container: ContainerInspectResponse) -> ContainerDetails {
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
        // Other engines may lack the status; the flags are older.
        _ if state.paused == Some(true) => RunState::Paused,
        _ if state.running == Some(true) => RunState::Running,
        _ => RunState::Exited,
    };
    let started = state.started_at.as_deref().and_then(parse_time);
    let finished = state.finished_at.as_deref().and_then(parse_time);
    let ended = matches!(run_state, RunState::Exited | RunState::Dead | RunState::Restarting);
    ContainerDetails {
        state: run_state,
        exit_code: state.exit_code.filter(|_| ended && finished.is_some()),
        since: match run_state {
            RunState::Running => started,
            // The engine does not report when it was paused.
            RunState::Paused | RunState::Created => None,
            _ => finished,
        },
        attached: settings.networks.is_some_and(|networks| networks.keys().any(|name| name != "none")),
        ports: PublishedPorts {
            configured: container.host_config.and_then(|config| config.port_bindings).map(bindings).unwrap_or_default(),
            current: settings.ports.map(bindings).unwrap_or_default(),
        },
    }
}

/// Builds a cluster from its containers. The load balancer publishes the API server, if there is one.
pub(super) fn cluster(name: String, mut nodes: Vec<(NodeContainer, ContainerDetails)>, node_port: u16) -> Cluster {
    nodes.sort_by(|(a, _), (b, _)| (a.role, &a.name).cmp(&(b.role, &b.name)));
    let publisher = |role| nodes.iter().find(|(node, _)| node.role == role);
    let api_endpoint = publisher(NodeRole::ExternalLoadBalancer)
        .or_else(|| publisher(NodeRole::ControlPlane))
        .and_then(|(_, details)| details.ports.address_of(API_PORT));
    let nodes = nodes
        .iter()
        .map(|(node, details)| ClusterNode {
            name: node.name.clone(),
            role: node.role,
            node_port: details.ports.address_of(node_port),
        })
        .collect();
    Cluster { context: format!("kind-{name}"), name, api_endpoint, nodes }
}

/// Builds the state of a container.
pub(super) fn container_state(container: &NodeContainer, details: &ContainerDetails) -> ContainerState {
    ContainerState {
        node: container.name.clone(),
        role: container.role,
        state: details.state,
        exit_code: details.exit_code,
        since: details.since,
        attached: details.attached,
    }
}

impl PublishedPorts {
    /// `host:port` at which a port is published: by the configuration, or by the engine's choice at the last start.
    fn address_of(&self, port: u16) -> Option<String> {
        let key = format!("{port}/tcp");
        let find = |ports: &[(String, String)]| {
            ports.iter().find(|(port, _)| *port == key).map(|(_, address)| address.clone())
        };
        find(&self.configured).or_else(|| find(&self.current))
    }
}

fn bindings(ports: PortMap) -> Vec<(String, String)> {
    let mut published: Vec<_> = ports
        .into_iter()
        .flat_map(|(port, bindings)| {
            bindings.unwrap_or_default().into_iter().filter_map(move |binding| {
                let host_port = binding.host_port.filter(|port| !port.is_empty() && port != "0")?;
                let host = binding.host_ip.unwrap_or_default();
                Some((port.clone(), format!("{}:{host_port}", connectable(&host))))
            })
        })
        .collect();
    published.sort();
    published
}

/// Address for connecting to a listener: loopback if it listens on all addresses.
fn connectable(host: &str) -> String {
    match host {
        "" | "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        v6 if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]"),
        other => other.to_owned(),
    }
}

/// Parses a time of the engine. `None` for year 1, which stands for never.
fn parse_time(text: &str) -> Option<Time> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (at.timestamp() > 0).then_some(at)
}

#[cfg(test)]
mod tests;
