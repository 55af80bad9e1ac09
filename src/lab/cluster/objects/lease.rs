//! Leases: one for each node, and that of the scheduler.

use serde_json::{Value, json};

use super::time::micro_time;
use crate::observation::Time;

/// Namespace of the node leases.
pub(in crate::lab) const NODE_LEASES: &str = "kube-node-lease";

/// Name of the scheduler and of its lease in `kube-system`.
pub(in crate::lab) const SCHEDULER: &str = "kube-scheduler";

/// Builds the lease of the node `node`, whose UID is `uid`.
pub(in crate::lab) fn node_lease(node: &str, uid: &str, renewed: Time) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": node,
            "namespace": NODE_LEASES,
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node, "uid": uid}],
        },
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": micro_time(renewed)},
    })
}

/// Builds the lease with which the scheduler is the leader.
pub(in crate::lab) fn scheduler_lease(renewed: Time) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": SCHEDULER, "namespace": "kube-system"},
        "spec": {"holderIdentity": SCHEDULER, "leaseDurationSeconds": 15, "renewTime": micro_time(renewed)},
    })
}
