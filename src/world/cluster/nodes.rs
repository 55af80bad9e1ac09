//! The nodes, each from independent points of view: what the API server last said, and what the engine says now.
//! (What traffic says is in [`super::Traffic`].)

use std::collections::BTreeMap;

use crate::observation::{Cluster, ContainerState, EngineEvent, NodeFact, NodeReadiness, NodeRole, Time};

/// One node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// What it is in the cluster, where the engine has said so.
    pub role: Option<NodeRole>,
    /// What the API server last said, and when.
    pub api: Option<(Time, NodeFact)>,
    /// What the engine last said, and when.
    pub engine: Option<(Time, ContainerState)>,
    /// When its kubelet last renewed its lease, as the API server last had it.
    pub lease: Option<Time>,
}

/// All known nodes, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    by_name: BTreeMap<String, Node>,
}

impl Nodes {
    /// Folds the engine's list of the cluster's containers.
    pub fn cluster(&mut self, cluster: &Cluster) {
        for node in cluster.nodes.iter().filter(|node| node.role != NodeRole::ExternalLoadBalancer) {
            self.by_name.entry(node.name.clone()).or_default().role = Some(node.role);
        }
    }

    /// Folds the state of a node's container.
    pub fn container(&mut self, at: Time, state: &ContainerState) {
        if state.role == NodeRole::ExternalLoadBalancer {
            return;
        }
        let node = self.by_name.entry(state.node.clone()).or_default();
        node.role = Some(state.role);
        node.engine = Some((at, state.clone()));
    }

    /// Folds one event of the engine.
    pub fn event(&mut self, at: Time, event: &EngineEvent) {
        if let Some((heard, state)) = self.by_name.get_mut(&event.node).and_then(|node| node.engine.as_mut()) {
            *heard = at;
            state.apply_event(at, event);
        }
    }

    /// Folds what the API server says of a node.
    pub fn fact(&mut self, at: Time, fact: &NodeFact) {
        self.by_name.entry(fact.name.clone()).or_default().api = Some((at, fact.clone()));
    }

    /// Folds a renewal of a node's lease.
    pub fn lease(&mut self, _at: Time, node: &str, renewed: Time) {
        if let Some(node) = self.by_name.get_mut(node) {
            node.lease = Some(renewed);
        }
    }

    /// Forgets a lease that the API server no longer has.
    pub fn lease_gone(&mut self, node: &str) {
        if let Some(node) = self.by_name.get_mut(node) {
            node.lease = None;
        }
    }

    /// Forgets what the API server said of a node that it no longer has.
    pub fn gone(&mut self, name: &str) {
        if let Some(node) = self.by_name.get_mut(name) {
            node.api = None;
        }
        self.by_name.retain(|_, node| node.api.is_some() || node.engine.is_some() || node.role.is_some());
    }

    /// Forgets what the API server said of nodes that a complete list does not name.
    pub fn listed(&mut self, names: &[String]) {
        let unlisted: Vec<String> = self.by_name.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in unlisted {
            self.gone(&name);
        }
    }

    /// One node, by name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.by_name.get(name)
    }

    /// Control planes first, then workers, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        let mut nodes: Vec<_> = self.by_name.iter().map(|(name, node)| (name.as_str(), node)).collect();
        nodes.sort_by_key(|(name, node)| (node.role.unwrap_or(NodeRole::Worker), *name));
        nodes.into_iter()
    }

    /// Whether no node is known.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether the API server says of every node that it is Ready, and has heard of every node with a lease since
    /// `ready_since`: a node that nobody has renewed since is Ready only in memory.
    pub fn all_ready_and_fresh(&self, ready_since: Option<Time>) -> bool {
        let Some(ready_since) = ready_since else { return false };
        self.by_name.values().all(|node| {
            node.api.as_ref().is_none_or(|(_, fact)| fact.ready == NodeReadiness::Ready)
                && node.lease.is_none_or(|renewed| renewed >= ready_since)
        })
    }
}
