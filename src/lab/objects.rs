//! The Kubernetes objects of the lab, as JSON. Pure: a plan and a time go in, an object comes out.

mod node;
mod pod;

use serde_json::{Value, json};

pub(super) use node::{conditions as node_conditions, node, unknown as unknown_conditions};
pub(super) use pod::{PodState, pod, status as pod_status};

use super::{
    store::{Key, Kind, Store},
    topology::{NODE_PORT, Owner, PodPlan, Topology},
};
use crate::observation::Time;

/// The namespace of the nodes' leases.
pub(super) const LEASES: &str = "kube-node-lease";

/// The scheduler, and the name of its lease.
pub(super) const SCHEDULER: &str = "kube-scheduler";

/// A time as `metav1.Time` has it.
pub(super) fn time(at: Time) -> Value {
    json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A time as `metav1.MicroTime` has it.
pub(super) fn micro_time(at: Time) -> Value {
    json!(at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

/// A node lease, renewed at this moment.
pub(super) fn lease(node: &str, uid: &str, renewed: Time) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": node,
            "namespace": LEASES,
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node, "uid": uid}],
        },
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": micro_time(renewed)},
    })
}

/// The lease by which the scheduler leads, renewed at this moment.
pub(super) fn scheduler_lease(renewed: Time) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": SCHEDULER, "namespace": "kube-system"},
        "spec": {"holderIdentity": SCHEDULER, "leaseDurationSeconds": 15, "renewTime": micro_time(renewed)},
    })
}

/// Puts everything into the store that a cluster has when it has run for a while.
pub(super) fn furnish(store: &Store, topology: &Topology, now: Time) {
    let made = now - chrono::Duration::minutes(7);
    let put = |kind: Kind, namespace: &str, name: &str, mut object: Value| {
        let metadata = &mut object["metadata"];
        metadata["name"] = json!(name);
        if kind.is_namespaced() {
            metadata["namespace"] = json!(namespace);
        }
        if metadata.get("uid").is_none() {
            metadata["uid"] = json!(super::dice::Dice::new(7).of(&format!("{namespace}/{name}")).uid());
        }
        metadata["creationTimestamp"] = time(made);
        // furnished once, into an empty store
        let _exists = store.create(kind, Key::new(namespace, name), object);
    };
    for namespace in ["default", "kube-system", "kube-public", LEASES] {
        put(Kind::Namespaces, "", namespace, json!({"status": {"phase": "Active"}}));
    }
    for namespace in ["default", "kube-system"] {
        put(
            Kind::ConfigMaps,
            namespace,
            "kube-root-ca.crt",
            json!({"data": {"ca.crt": "the lab has no certificates"}}),
        );
    }
    for config in ["kube-proxy", "coredns"] {
        put(Kind::ConfigMaps, "kube-system", config, json!({"data": {}}));
    }
    for pod in &topology.pods {
        if topology.version.watches_token_secrets() && pod.owner != Owner::Node {
            let kind = json!({"type": "kubernetes.io/service-account-token", "data": {}});
            put(Kind::Secrets, pod.namespace, &token_secret(pod), kind);
        }
    }
    service(put, "default", "kubernetes", "10.96.0.1", 443, None);
    service(put, "kube-system", "kube-dns", "10.96.0.10", 53, None);
    service(put, "default", "httpbin", "10.96.64.80", 80, Some(NODE_PORT));
    for member in topology.members() {
        put(Kind::Nodes, "", &member.name, node(member, topology.version, made, now));
        put(Kind::Leases, LEASES, &member.name, lease(&member.name, &member.uid, now));
    }
    put(Kind::Leases, "kube-system", SCHEDULER, scheduler_lease(now));
    for plan in &topology.pods {
        put(Kind::Pods, plan.namespace, &plan.name, pod(plan, &PodState::running(made)));
    }
}

/// The secret with the token of a pod's service account.
pub(super) fn token_secret(pod: &PodPlan) -> String {
    match pod.app {
        "httpbin" => format!("default-token-{}", pod.token),
        app => format!("{app}-token-{}", pod.token),
    }
}

fn service(
    put: impl Fn(Kind, &str, &str, Value),
    namespace: &str,
    name: &str,
    address: &str,
    port: u16,
    node_port: Option<u16>,
) {
    let mut ports = json!({"port": port, "protocol": "TCP"});
    if let Some(node_port) = node_port {
        ports["nodePort"] = json!(node_port);
    }
    let kind = if node_port.is_some() { "NodePort" } else { "ClusterIP" };
    let spec = json!({"clusterIP": address, "ports": [ports], "selector": {"app": name}, "type": kind});
    put(Kind::Services, namespace, name, json!({"spec": spec}));
}
