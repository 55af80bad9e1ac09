//! Nodes and their conditions.

use serde_json::{Value, json};

use super::time::time;
use crate::{
    lab::cluster::{topology::LabNode, version::KubernetesVersion},
    observation::{NodeRole, Time},
};

/// The conditions besides `Ready` that a healthy kubelet reports: type, reason, message.
const PRESSURES: [(&str, &str, &str); 3] = [
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
];

/// Builds a node that has been ready since `created` and reported so at `now`.
pub(in crate::lab) fn node(node: &LabNode, version: KubernetesVersion, created: Time, now: Time) -> Value {
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
    });
    let mut spec = json!({
        "podCIDR": node.pod_cidr,
        "podCIDRs": [node.pod_cidr],
        "providerID": format!("kind://lab/lab/{}", node.name),
    });
    if node.role == NodeRole::ControlPlane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        spec["taints"] = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    }
    let resources = json!({"cpu": "2", "memory": "4028648Ki", "pods": "110"});
    json!({
        "metadata": {"name": node.name, "uid": node.uid, "labels": labels},
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": node.address},
                {"type": "Hostname", "address": node.name},
            ],
            "allocatable": resources,
            "capacity": resources,
            "conditions": healthy_conditions(created, now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "", "machineID": "", "systemUUID": "",
                "containerRuntimeVersion": "containerd://2.2.0",
                "kernelVersion": "lab",
                "kubeProxyVersion": version.git_version(),
                "kubeletVersion": version.git_version(),
                "operatingSystem": "linux",
                "osImage": "blackout's lab",
            },
        },
    })
}

/// Builds the conditions that the kubelet of a healthy node reports at `heartbeat`; the node is ready since `since`.
pub(in crate::lab) fn healthy_conditions(since: Time, heartbeat: Time) -> Value {
    let pressures = PRESSURES.iter().map(|(kind, reason, message)| (*kind, "False", *reason, *message));
    let ready = [("Ready", "True", "KubeletReady", "kubelet is posting ready status")];
    let conditions = pressures.chain(ready).map(|(kind, status, reason, message)| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": time(heartbeat), "lastTransitionTime": time(since),
        })
    });
    Value::Array(conditions.collect())
}

/// Builds the conditions that the node lifecycle controller sets once the lease was not renewed for the grace period.
pub(in crate::lab) fn unknown_conditions(now: Time) -> Value {
    let kinds = PRESSURES.iter().map(|(kind, ..)| *kind).chain(["Ready"]);
    let conditions = kinds.map(|kind| {
        json!({
            "type": kind, "status": "Unknown", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.", "lastTransitionTime": time(now),
        })
    });
    Value::Array(conditions.collect())
}
