//! The objects of a cluster that has been running for a while, put into an empty store.

use serde_json::{Value, json};

use super::{
    object_kind::ObjectKind,
    objects::{self, NODE_LEASES, PodState, SCHEDULER},
    store::{ObjectKey, ObjectStore},
    topology::{NODE_PORT, PodOwner, Topology},
};
use crate::{lab::rng::Rng, observation::Time};

/// Seed of the UIDs of objects that are the same in every lab.
const UID_SEED: u64 = 7;

/// Puts every object of the cluster into `store`, as created at `created` and last reported at `now`.
pub(in crate::lab) fn populate(store: &ObjectStore, topology: &Topology, created: Time, now: Time) {
    let put = |kind: ObjectKind, namespace: &str, name: &str, mut object: Value| {
        let metadata = &mut object["metadata"];
        metadata["name"] = json!(name);
        if kind.is_namespaced() {
            metadata["namespace"] = json!(namespace);
        }
        if metadata.get("uid").is_none() {
            metadata["uid"] = json!(Rng::new(UID_SEED).stream(&format!("{namespace}/{name}")).uid());
        }
        metadata["creationTimestamp"] = objects::time(created);
        // the store is empty, so no object exists yet
        let _infallible = store.create(kind, ObjectKey::new(namespace, name), object);
    };
    for namespace in ["default", "kube-system", "kube-public", NODE_LEASES] {
        put(ObjectKind::Namespaces, "", namespace, json!({"status": {"phase": "Active"}}));
    }
    for namespace in ["default", "kube-system"] {
        let certificate = json!({"data": {"ca.crt": "the lab has no certificates"}});
        put(ObjectKind::ConfigMaps, namespace, "kube-root-ca.crt", certificate);
    }
    for config_map in ["kube-proxy", "coredns"] {
        put(ObjectKind::ConfigMaps, "kube-system", config_map, json!({"data": {}}));
    }
    for pod in &topology.pods {
        if topology.version.watches_token_secrets() && pod.owner != PodOwner::Node {
            let token = json!({"type": "kubernetes.io/service-account-token", "data": {}});
            put(ObjectKind::Secrets, pod.namespace, &objects::token_secret(pod), token);
        }
    }
    for (namespace, name, service) in [
        ("default", "kubernetes", service("kubernetes", "10.96.0.1", 443, None)),
        ("kube-system", "kube-dns", service("kube-dns", "10.96.0.10", 53, None)),
        ("default", "httpbin", service("httpbin", "10.96.64.80", 80, Some(NODE_PORT))),
    ] {
        put(ObjectKind::Services, namespace, name, service);
    }
    for node in topology.nodes() {
        put(ObjectKind::Nodes, "", &node.name, objects::node(node, topology.version, created, now));
        put(ObjectKind::Leases, NODE_LEASES, &node.name, objects::node_lease(&node.name, &node.uid, now));
    }
    put(ObjectKind::Leases, "kube-system", SCHEDULER, objects::scheduler_lease(now));
    for pod in &topology.pods {
        put(ObjectKind::Pods, pod.namespace, &pod.name, objects::pod(pod, &PodState::running(created)));
    }
}

/// Builds a service that selects the pods whose `app` label is `app`.
fn service(app: &str, cluster_ip: &str, port: u16, node_port: Option<u16>) -> Value {
    let mut ports = json!({"port": port, "protocol": "TCP"});
    if let Some(node_port) = node_port {
        ports["nodePort"] = json!(node_port);
    }
    let service_type = if node_port.is_some() { "NodePort" } else { "ClusterIP" };
    json!({"spec": {"clusterIP": cluster_ip, "ports": [ports], "selector": {"app": app}, "type": service_type}})
}
