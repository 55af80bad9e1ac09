//! Pods and their status.

use serde_json::{Value, json};

use super::time::time;
use crate::{
    lab::cluster::topology::{LabPod, PodOwner},
    observation::Time,
};

/// The state of a pod's only container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lab) struct PodState {
    pub(in crate::lab) running: bool,
    pub(in crate::lab) ready: bool,
    pub(in crate::lab) restarts: u32,
    /// When the container entered this state.
    pub(in crate::lab) since: Time,
    /// Why the container does not run, as in its status; empty while it runs.
    pub(in crate::lab) reason: &'static str,
}

impl PodState {
    /// Returns the state of a container that is ready and was never restarted.
    pub(in crate::lab) fn running(since: Time) -> Self {
        Self { running: true, ready: true, restarts: 0, since, reason: "" }
    }
}

/// Builds a pod with its status.
pub(in crate::lab) fn pod(pod: &LabPod, state: &PodState) -> Value {
    let owner = match pod.owner {
        PodOwner::Node => json!({"apiVersion": "v1", "kind": "Node", "name": pod.node}),
        PodOwner::DaemonSet => json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": pod.app}),
        PodOwner::ReplicaSet => {
            let set = pod.name.rsplit_once('-').map_or(pod.app, |(set, _)| set);
            json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set})
        }
    };
    let mut container = json!({"name": pod.app, "image": pod.image, "imagePullPolicy": "IfNotPresent"});
    if pod.app == "httpbin" {
        container["ports"] = json!([{"containerPort": 80, "protocol": "TCP"}]);
    }
    json!({
        "metadata": {
            "name": pod.name,
            "namespace": pod.namespace,
            "uid": pod.uid,
            "labels": {"app": pod.app, "k8s-app": pod.app},
            "ownerReferences": [owner],
        },
        "spec": {
            "containers": [container],
            "hostNetwork": pod.address == pod.host_address,
            "nodeName": pod.node,
            "restartPolicy": "Always",
        },
        "status": pod_status(pod, state),
    })
}

/// Builds the status of a pod as its kubelet reports it.
pub(in crate::lab) fn pod_status(pod: &LabPod, state: &PodState) -> Value {
    let status = |holds: bool| if holds { "True" } else { "False" };
    let conditions =
        [("Initialized", true), ("Ready", state.ready), ("ContainersReady", state.ready), ("PodScheduled", true)].map(
            |(condition, holds)| {
                json!({
                    "type": condition, "status": status(holds),
                    "lastProbeTime": null, "lastTransitionTime": time(state.since),
                })
            },
        );
    let container = if state.running {
        json!({"running": {"startedAt": time(state.since)}})
    } else {
        // 137: killed by signal 9
        json!({"terminated": {"exitCode": 137, "reason": state.reason, "finishedAt": time(state.since)}})
    };
    json!({
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": [{
            "name": pod.app,
            "image": pod.image,
            "imageID": pod.image,
            "ready": state.ready,
            "restartCount": state.restarts,
            "started": state.running,
            "state": container,
        }],
        "hostIP": pod.host_address,
        "podIP": pod.address,
        "podIPs": [{"ip": pod.address}],
        "qosClass": "BestEffort",
        "startTime": time(state.since),
    })
}

/// Returns the name of the secret with the token of a pod's service account (up to Kubernetes 1.20).
pub(in crate::lab) fn token_secret(pod: &LabPod) -> String {
    match pod.app {
        "httpbin" => format!("default-token-{}", pod.token_suffix),
        app => format!("{app}-token-{}", pod.token_suffix),
    }
}
