//! Nodes and pods as the API server stores them. They stay true as "last known" while it does not answer.

use serde::{Deserialize, Serialize};

use super::time::Time;

/// `status` of a node's `Ready` condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeReadiness {
    /// `True`: the kubelet reports the node healthy.
    Ready,
    /// `False`: the kubelet reports a defect.
    NotReady,
    /// `Unknown`, or no such condition: the kubelet did not report in time.
    Unknown,
}

/// A node object's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFact {
    /// Name of the node.
    pub name: String,
    /// Status of the `Ready` condition.
    pub ready: NodeReadiness,
    /// `lastTransitionTime` of the `Ready` condition. `None` if it has none.
    pub since: Option<Time>,
    /// Whether the node is cordoned (`spec.unschedulable`).
    pub cordoned: bool,
    /// `status.nodeInfo.kubeletVersion`, such as `v1.34.3`.
    pub kubelet_version: String,
}

/// A pod object's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodFact {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub name: String,
    /// Name of the node that the pod is bound to. `None` if it is not scheduled.
    pub node: Option<String>,
    /// STATUS of `kubectl get pods`: the phase, or the reason for which a container waits or ended.
    pub status: String,
    /// Number of ready containers.
    pub ready: u32,
    /// Number of all containers.
    pub containers: u32,
    /// Number of restarts of all containers together.
    pub restarts: u32,
    /// Whether the pod belongs to the demo's workload and not to the cluster itself.
    pub workload: bool,
}

impl PodFact {
    /// `namespace/name`, unique in a cluster.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// Kind of the objects that are listed and watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedResource {
    /// Nodes, identified by name.
    Nodes,
    /// Pods, identified by `namespace/name`.
    Pods,
    /// Node leases, identified by the node's name.
    Leases,
}

/// The end of a complete list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Kind of the objects.
    pub resource: ListedResource,
    /// Namespace that the list is limited to. `None` if it covers all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of each object that exists: `namespace/name` for pods.
    pub names: Vec<String>,
}
