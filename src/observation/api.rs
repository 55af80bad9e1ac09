//! What the API server says of nodes and pods. Facts stay true as "last known" when it stops answering.

use serde::{Deserialize, Serialize};

use super::Time;

/// `status` of a node's or pod's `Ready` condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeReadiness {
    /// `True`.
    Ready,
    /// `False`.
    NotReady,
    /// `Unknown`, or no such condition: nobody reported in time.
    Unknown,
}

/// A node as the API server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFact {
    /// Name of the node.
    pub name: String,
    /// Its `Ready` condition.
    pub ready: NodeReadiness,
    /// `lastTransitionTime` of that condition.
    pub since: Option<Time>,
    /// Whether it is cordoned (`spec.unschedulable`).
    pub cordoned: bool,
    /// `status.nodeInfo.kubeletVersion`, such as `v1.34.3`.
    pub kubelet_version: String,
}

/// A pod as the API server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodFact {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node it is bound to, if any.
    pub node: Option<String>,
    /// What `kubectl get pods` shows as STATUS: the phase, or the reason a container waits for.
    pub status: String,
    /// Containers that are ready.
    pub ready: u32,
    /// Containers that it has.
    pub containers: u32,
    /// Restarts of all its containers together.
    pub restarts: u32,
    /// Whether it belongs to the workload that the demo watches, rather than to the cluster itself.
    pub workload: bool,
}

impl PodFact {
    /// `namespace/name`, unique in a cluster.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// The kinds of objects that are listed and watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedResource {
    /// Nodes, by name.
    Nodes,
    /// Pods, by `namespace/name`.
    Pods,
    /// Node leases, by the node's name.
    Leases,
}

/// The end of a complete list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What was listed.
    pub resource: ListedResource,
    /// `namespace` that the list was limited to; nothing for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Every object there is: the node's name, or `namespace/name` of the pod.
    pub names: Vec<String>,
}
