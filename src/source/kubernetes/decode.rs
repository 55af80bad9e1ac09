//! The API server's objects, made into facts. Pure: what is missing is unknown, never an error.

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

use super::{WORKLOAD_LABEL, pod_status};
use crate::observation::{ListedResource, NodeFact, NodeReadiness, Observation, PodFact, Time};

const LEASES: &str = "kube-node-lease";

/// An object that is watched.
pub(super) trait Watched:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static
{
    /// What it is called in a list.
    const RESOURCE: ListedResource;

    /// Where it is listed and watched.
    fn api(client: Client) -> Api<Self>;

    /// Its name in a list.
    fn key(&self) -> String;

    /// What it says, if it says anything.
    fn fact(&self) -> Option<Observation>;
}

impl Watched for Node {
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
            since: ready.and_then(|condition| moment(condition.last_transition_time.as_ref()?.0)),
            cordoned: self.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default(),
            kubelet_version: status
                .and_then(|status| status.node_info.as_ref())
                .map(|info| info.kubelet_version.clone())
                .unwrap_or_default(),
        }))
    }
}

impl Watched for Pod {
    const RESOURCE: ListedResource = ListedResource::Pods;

    fn api(client: Client) -> Api<Self> {
        Api::all(client)
    }

    fn key(&self) -> String {
        format!("{}/{}", self.namespace().unwrap_or_default(), self.name_any())
    }

    fn fact(&self) -> Option<Observation> {
        let summary = pod_status::of(self);
        let (label, value) = WORKLOAD_LABEL;
        Some(Observation::Pod(PodFact {
            namespace: self.namespace().unwrap_or_default(),
            name: self.name_any(),
            node: self.spec.as_ref().and_then(|spec| spec.node_name.clone()),
            status: summary.status,
            ready: summary.ready,
            containers: summary.containers,
            restarts: summary.restarts,
            workload: self.labels().get(label).is_some_and(|is| is == value),
        }))
    }
}

impl Watched for Lease {
    const RESOURCE: ListedResource = ListedResource::Leases;

    fn api(client: Client) -> Api<Self> {
        Api::namespaced(client, LEASES)
    }

    fn key(&self) -> String {
        self.name_any()
    }

    /// A lease that was never renewed says nothing.
    fn fact(&self) -> Option<Observation> {
        let renewed = moment(self.spec.as_ref()?.renew_time.as_ref()?.0)?;
        Some(Observation::Lease { node: self.name_any(), renewed })
    }
}

fn moment(time: jiff::Timestamp) -> Option<Time> {
    Time::from_timestamp(time.as_second(), u32::try_from(time.subsec_nanosecond()).ok()?)
}

#[cfg(test)]
mod tests;
