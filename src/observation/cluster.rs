//! Which containers make up a kind cluster, and where they can be reached.

use serde::{Deserialize, Serialize};

/// What a node is in the cluster: the label `io.x-k8s.kind.role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeRole {
    /// Runs the API server, etcd, the scheduler and the controllers.
    ControlPlane,
    /// Runs workload.
    Worker,
    /// kind's load balancer in front of several control planes; no Kubernetes node.
    ExternalLoadBalancer,
}

/// A kind cluster as the engine knows it, also while it is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// kind's name of the cluster, without the `kind-` of the context.
    pub name: String,
    /// The kubeconfig context that belongs to it.
    pub context: String,
    /// `host:port` under which the engine publishes the API server, from the container's configuration: kind picks it
    /// once, and it survives a stop.
    pub api_endpoint: Option<String>,
    /// Its nodes, control planes first, then by name.
    pub nodes: Vec<ClusterNode>,
}

/// One container of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterNode {
    /// Name of the container, the host and the Kubernetes node: kind makes the three equal.
    pub name: String,
    /// What it is in the cluster.
    pub role: NodeRole,
    /// `host:port` under which the engine publishes the workload's NodePort on this node, if it does.
    pub node_port: Option<String>,
}

impl Cluster {
    /// The workers' names, in order.
    pub fn workers(&self) -> impl Iterator<Item = &ClusterNode> {
        self.nodes.iter().filter(|node| node.role == NodeRole::Worker)
    }

    /// The control planes, in order; kind makes one unless asked for more.
    pub fn control_planes(&self) -> impl Iterator<Item = &ClusterNode> {
        self.nodes.iter().filter(|node| node.role == NodeRole::ControlPlane)
    }
}
