//! Containers of a kind cluster, and their published addresses.

use serde::{Deserialize, Serialize};

/// Role of a node: the value of the label `io.x-k8s.kind.role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeRole {
    /// Runs the API server, etcd, the scheduler and the controllers.
    ControlPlane,
    /// Runs the workload's pods.
    Worker,
    /// Runs kind's load balancer in front of several control planes; not a Kubernetes node.
    ExternalLoadBalancer,
}

/// A kind cluster as the engine describes it, whether it runs or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Name of the cluster, without the `kind-` of its context.
    pub name: String,
    /// Context of the cluster in a kubeconfig.
    pub context: String,
    /// `host:port` at which the engine publishes the API server. From the container's configuration: kind picks the
    /// port once, and it survives a stop. `None` if it is not published.
    pub api_endpoint: Option<String>,
    /// Nodes of the cluster, control planes first, then by name.
    pub nodes: Vec<ClusterNode>,
}

/// One container of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterNode {
    /// Name of the container, its host and the Kubernetes node, which kind makes equal.
    pub name: String,
    /// Role of the node.
    pub role: NodeRole,
    /// `host:port` at which the engine publishes the workload's NodePort. `None` if it does not.
    pub node_port: Option<String>,
}

impl Cluster {
    /// Workers, sorted by name.
    pub fn workers(&self) -> impl Iterator<Item = &ClusterNode> {
        self.nodes.iter().filter(|node| node.role == NodeRole::Worker)
    }

    /// Control planes, sorted by name; kind creates one unless asked for more.
    pub fn control_planes(&self) -> impl Iterator<Item = &ClusterNode> {
        self.nodes.iter().filter(|node| node.role == NodeRole::ControlPlane)
    }
}
