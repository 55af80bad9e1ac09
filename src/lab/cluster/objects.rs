//! The Kubernetes objects of the lab, as JSON. Pure: facts and a time go in, an object comes out.

mod lease;
mod node;
mod pod;
mod time;

use serde_json::Value;

pub(in crate::lab) use lease::{NODE_LEASES, SCHEDULER, node_lease, scheduler_lease};
pub(in crate::lab) use node::{healthy_conditions, node, unknown_conditions};
pub(in crate::lab) use pod::{PodState, pod, pod_status, token_secret};
pub(in crate::lab) use time::{micro_time, time};

/// Returns the status of a condition; empty if the object has none of that type.
pub(in crate::lab) fn condition<'a>(object: &'a Value, condition_type: &str) -> &'a str {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let condition = conditions.iter().find(|condition| condition["type"] == condition_type);
    condition.and_then(|condition| condition["status"].as_str()).unwrap_or_default()
}
