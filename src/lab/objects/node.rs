//! A node and its conditions. Pure.

use serde_json::{Value, json};

use super::{super::topology::Member, time};
use crate::{
    lab::version::Version,
    observation::{NodeRole, Time},
};

/// What a kubelet reports, besides `Ready`: condition, reason, message.
const PRESSURES: [(&str, &str, &str); 3] = [
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
];

/// A node that has been ready since it was made, and has just said so.
pub(in crate::lab) fn node(member: &Member, version: Version, made: Time, now: Time) -> Value {
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": member.name,
        "kubernetes.io/os": "linux",
    });
    let mut spec = json!({
        "podCIDR": member.pod_cidr,
        "podCIDRs": [member.pod_cidr],
        "providerID": format!("kind://lab/lab/{}", member.name),
    });
    if member.role == NodeRole::ControlPlane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        spec["taints"] = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    }
    let resources = json!({"cpu": "2", "memory": "4028648Ki", "pods": "110"});
    json!({
        "metadata": {"name": member.name, "uid": member.uid, "labels": labels},
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": member.address},
                {"type": "Hostname", "address": member.name},
            ],
            "allocatable": resources,
            "capacity": resources,
            "conditions": conditions(made, now),
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

/// What the kubelet of a healthy node says of it; `since` is when it became ready.
pub(in crate::lab) fn conditions(since: Time, heartbeat: Time) -> Value {
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

/// What the node controller says of a node that has been silent for too long.
pub(in crate::lab) fn unknown(now: Time) -> Value {
    let kinds = PRESSURES.iter().map(|(kind, ..)| *kind).chain(["Ready"]);
    let conditions = kinds.map(|kind| {
        json!({
            "type": kind, "status": "Unknown", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.", "lastTransitionTime": time(now),
        })
    });
    Value::Array(conditions.collect())
}
