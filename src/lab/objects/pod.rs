//! A pod and its status. Pure.

use serde_json::{Value, json};

use super::{
    super::topology::{Owner, PodPlan},
    time,
};
use crate::observation::Time;

/// How the one container of a pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lab) struct PodState {
    pub(in crate::lab) running: bool,
    pub(in crate::lab) ready: bool,
    pub(in crate::lab) restarts: u32,
    /// When the container came into this state.
    pub(in crate::lab) since: Time,
    /// Why it does not run.
    pub(in crate::lab) reason: &'static str,
}

impl PodState {
    pub(in crate::lab) fn running(since: Time) -> Self {
        Self { running: true, ready: true, restarts: 0, since, reason: "" }
    }
}

/// A pod.
pub(in crate::lab) fn pod(plan: &PodPlan, state: &PodState) -> Value {
    let owner = match plan.owner {
        Owner::Node => json!({"apiVersion": "v1", "kind": "Node", "name": plan.node}),
        Owner::DaemonSet => json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": plan.app}),
        Owner::ReplicaSet => {
            let set = plan.name.rsplit_once('-').map_or(plan.app, |(set, _)| set);
            json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set})
        }
    };
    let mut container = json!({"name": plan.app, "image": plan.image, "imagePullPolicy": "IfNotPresent"});
    if plan.app == "httpbin" {
        container["ports"] = json!([{"containerPort": 80, "protocol": "TCP"}]);
    }
    json!({
        "metadata": {
            "name": plan.name,
            "namespace": plan.namespace,
            "uid": plan.uid,
            "labels": {"app": plan.app, "k8s-app": plan.app},
            "ownerReferences": [owner],
        },
        "spec": {
            "containers": [container],
            "hostNetwork": plan.address == plan.host_address,
            "nodeName": plan.node,
            "restartPolicy": "Always",
        },
        "status": status(plan, state),
    })
}

/// Its status, as its kubelet reports it.
pub(in crate::lab) fn status(plan: &PodPlan, state: &PodState) -> Value {
    let is = |holds: bool| if holds { "True" } else { "False" };
    let conditions = [("Initialized", true), ("Ready", state.ready), ("ContainersReady", state.ready), ("PodScheduled", true)]
        .map(|(kind, holds)| {
            json!({"type": kind, "status": is(holds), "lastProbeTime": null, "lastTransitionTime": time(state.since)})
        });
    let container = if state.running {
        json!({"running": {"startedAt": time(state.since)}})
    } else {
        json!({"terminated": {"exitCode": 137, "reason": state.reason, "finishedAt": time(state.since)}})
    };
    json!({
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": [{
            "name": plan.app,
            "image": plan.image,
            "imageID": plan.image,
            "ready": state.ready,
            "restartCount": state.restarts,
            "started": state.running,
            "state": container,
        }],
        "hostIP": plan.host_address,
        "podIP": plan.address,
        "podIPs": [{"ip": plan.address}],
        "qosClass": "BestEffort",
        "startTime": time(state.since),
    })
}
