//! The nodes, each from two independent points of view: the last report of the API server, and the engine's.
//!
//! A node is known as long as one of them knows it. The view of the NodePorts is in [`crate::world::Traffic`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use crate::observation::{Cluster, ContainerState, EngineEvent, NodeFact, NodeReadiness, NodeRole, Time};

/// Age at which a node lease has expired (`nodeLeaseDurationSeconds` of the kubelet, 40 s by default).
const LEASE_EXPIRES: Duration = Duration::seconds(40);

/// One node of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Role in the cluster. `None` until the engine reports it.
    pub role: Option<NodeRole>,
    /// Last report of the API server, and its time. `None` before the first one, or if the node was deleted.
    pub api: Option<(Time, NodeFact)>,
    /// Last state of the container, and its time. `None` before the first one.
    pub engine: Option<(Time, ContainerState)>,
    /// Last renewal of the node lease that the API server reported. `None` if there is no such lease.
    pub lease: Option<Time>,
}

/// All known nodes, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    by_name: BTreeMap<String, Node>,
}

impl Nodes {
    /// Applies the engine's list of the cluster's containers.
    pub fn apply_cluster(&mut self, cluster: &Cluster) {
        for node in cluster.nodes.iter().filter(|node| node.role != NodeRole::ExternalLoadBalancer) {
            self.by_name.entry(node.name.clone()).or_default().role = Some(node.role);
        }
    }

    /// Applies the state of a node's container.
    pub fn apply_container(&mut self, at: Time, state: &ContainerState) {
        if state.role == NodeRole::ExternalLoadBalancer {
            return;
        }
        let node = self.by_name.entry(state.node.clone()).or_default();
        node.role = Some(state.role);
        node.engine = Some((at, state.clone()));
    }

    /// Applies one event of the engine.
    pub fn apply_event(&mut self, at: Time, event: &EngineEvent) {
        if let Some((reported, state)) = self.by_name.get_mut(&event.node).and_then(|node| node.engine.as_mut()) {
            *reported = at;
            state.apply_event(at, event);
        }
    }

    /// Applies a report of the API server about one node.
    pub fn apply_fact(&mut self, at: Time, fact: &NodeFact) {
        self.by_name.entry(fact.name.clone()).or_default().api = Some((at, fact.clone()));
    }

    /// Applies a renewal of a node's lease.
    pub fn apply_lease(&mut self, node: &str, renewed: Time) {
        if let Some(node) = self.by_name.get_mut(node) {
            node.lease = Some(renewed);
        }
    }

    /// Removes a lease that the API server no longer has.
    pub fn remove_lease(&mut self, node: &str) {
        if let Some(node) = self.by_name.get_mut(node) {
            node.lease = None;
        }
    }

    /// Removes the API server's report about a node that it no longer has.
    pub fn remove(&mut self, name: &str) {
        if let Some(node) = self.by_name.get_mut(name) {
            node.api = None;
        }
        self.by_name.retain(|_, node| node.api.is_some() || node.engine.is_some() || node.role.is_some());
    }

    /// Removes the API server's reports about nodes that a complete list does not name.
    pub fn apply_list(&mut self, names: &[String]) {
        let unlisted: Vec<String> = self.by_name.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in unlisted {
            self.remove(&name);
        }
    }

    /// The node with this name. `None` if it is not known.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.by_name.get(name)
    }

    /// All nodes: control planes first, then workers, each by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        let mut nodes: Vec<_> = self.by_name.iter().map(|(name, node)| (name.as_str(), node)).collect();
        nodes.sort_by_key(|(name, node)| (node.role.unwrap_or(NodeRole::Worker), *name));
        nodes.into_iter()
    }

    /// True if no node is known.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// True if the API server reports every node as Ready, and every node lease as renewed at `renewals_since` or
    /// later: until its lease is renewed a node is Ready only in etcd. The nodes in `away` may be missing. False if
    /// that time is
    /// `None`.
    pub fn all_ready_and_fresh(&self, renewals_since: Option<Time>, away: Option<&BTreeSet<String>>) -> bool {
        renewals_since.is_some() && self.missing(renewals_since, away).is_empty()
    }

    /// Names of the nodes that are not Ready or have not renewed their lease since `renewals_since`, without those in
    /// `away`. Without that time no renewal counts.
    pub fn missing(&self, renewals_since: Option<Time>, away: Option<&BTreeSet<String>>) -> Vec<&str> {
        let back = |node: &Node| {
            node.api.as_ref().is_none_or(|(_, fact)| fact.ready == NodeReadiness::Ready)
                && node.lease.is_none_or(|renewed| renewals_since.is_some_and(|since| renewed >= since))
        };
        let missing = |name: &str, node: &Node| !back(node) && away.is_none_or(|away| !away.contains(name));
        self.by_name.iter().filter(|(name, node)| missing(name, node)).map(|(name, _)| name.as_str()).collect()
    }

    /// Names of the nodes that are not Ready at `at`, or whose lease has expired.
    pub fn away(&self, at: Time) -> BTreeSet<String> {
        let away = |node: &Node| {
            node.api.as_ref().is_some_and(|(_, fact)| fact.ready != NodeReadiness::Ready)
                || node.lease.is_some_and(|renewed| at - renewed > LEASE_EXPIRES)
        };
        self.by_name.iter().filter(|(_, node)| away(node)).map(|(name, _)| name.clone()).collect()
    }
}
