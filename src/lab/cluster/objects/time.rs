//! Timestamps of objects, in the formats of the Kubernetes API.

use serde_json::{Value, json};

use crate::observation::Time;

/// Formats a time as `metav1.Time`, in seconds.
pub(in crate::lab) fn time(at: Time) -> Value {
    json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Formats a time as `metav1.MicroTime`, in microseconds.
pub(in crate::lab) fn micro_time(at: Time) -> Value {
    json!(at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}
