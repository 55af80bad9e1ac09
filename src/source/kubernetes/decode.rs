//! Converts objects of the API server into facts. Pure: a missing field becomes "unknown", never an error.

use std::fmt::Debug;

use k8s_openapi::{
    api::{
        coordination::v1::Lease,
        core::v1::{Node, Pod},
    },
    jiff,
};
use kube::{Api, Client, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;

use super::pod_status;
use crate::observation::{ListedResource, NodeFact, NodeReadiness, Observation, PodFact, Time};

/// Label of the workload's pods.
const WORKLOAD_LABEL: (&str, &str) = ("app", "httpbin");

/// Namespace of the node leases.
const NODE_LEASE_NAMESPACE: &str = "kube-node-lease";

/// A kind of object that is watched.
pub(super) trait WatchedObject:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static
{
    /// The kind in an observation.
    const RESOURCE: ListedResource;

    /// API for listing and watching the kind.
    fn api(client: Client) -> Api<Self>;

    /// Name of the object in an observation.
    fn key(&self) -> String;

    /// Fact about the object. `None` if it gives none.
    fn fact(&self) -> Option<Observation>;
}

impl WatchedObject for Node {
    const RESOURCE: ListedResource = ListedResource::Nodes;

    fn api(client: Client) -> Api<Self> {
        Api::all(client)
    }

    fn key(&self) -> String {
        self.name_any()
    }

    fn fact(&self) -> Option<Observation> {
        let status = self.status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
        let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
        Some(Observation::Node(NodeFact {
            name: self.name_any(),
            ready: match ready.map(|condition| condition.status.as_str()) {
                Some("True") => NodeReadiness::Ready,
                Some("False") => NodeReadiness::NotReady,
                _ => NodeReadiness::Unknown,
            },
            since: ready.and_then(|condition| time(condition.last_transition_time.as_ref()?.0)),
            cordoned: self.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default(),
            kubelet_version: status
                .and_then(|status| status.node_info.as_ref())
                .map(|info| info.kubelet_version.clone())
                .unwrap_or_default(),
        }))
    }
}

impl WatchedObject for Pod {
    const RESOURCE: ListedResource = ListedResource::Pods;

    fn api(client: Client) -> Api<Self> {
        Api::all(client)
    }

    fn key(&self) -> String {
        format!("{}/{}", self.namespace().unwrap_or_default(), self.name_any())
    }

    fn fact(&self) -> Option<Observation> {
        let summary = pod_status::summarize(self);
        let (label, value) = WORKLOAD_LABEL;
        Some(Observation::Pod(PodFact {
            namespace: self.namespace().unwrap_or_default(),
            name: self.name_any(),
            node: self.spec.as_ref().and_then(|spec| spec.node_name.clone()),
            status: summary.status,
            ready: summary.ready,
            containers: summary.containers,
            restarts: summary.restarts,
            workload: self.labels().get(label).is_some_and(|actual| actual == value),
        }))
    }
}

impl WatchedObject for Lease {
    const RESOURCE: ListedResource = ListedResource::Leases;

    fn api(client: Client) -> Api<Self> {
        Api::namespaced(client, NODE_LEASE_NAMESPACE)
    }

    fn key(&self) -> String {
        self.name_any()
    }

    /// `None` if the lease was never renewed.
    fn fact(&self) -> Option<Observation> {
        let renewed = time(self.spec.as_ref()?.renew_time.as_ref()?.0)?;
        Some(Observation::Lease { node: self.name_any(), renewed })
    }
}

fn time(timestamp: jiff::Timestamp) -> Option<Time> {
    Time::from_timestamp(timestamp.as_second(), u32::try_from(timestamp.subsec_nanosecond()).ok()?)
}

#[cfg(test)]
mod tests;
