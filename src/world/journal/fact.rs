//! One journal line about the control plane, as lanes, retry loops and outages need it.

use std::sync::Arc;

use chrono::Duration;

use crate::{
    kubelet::{Activity, ErrorDetail, Symptom},
    observation::Time,
};

/// A line about the control plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFact {
    /// Time at which it was written, by the journal's clock.
    pub when: Time,
    /// The worker whose kubelet wrote it.
    pub worker: Arc<str>,
    /// The call that the kubelet made.
    pub activity: Activity,
    /// The way in which the call failed.
    pub symptom: Symptom,
    /// The object or resource of the call. `None` if the line does not name it.
    pub resource: Option<Arc<str>>,
    /// Wait until the next try. `None` if the line does not announce it.
    pub retry_in: Option<Duration>,
    /// True for the second line about one failure.
    pub twin: bool,
    /// Detail of the error beyond its symptom. `None` if it has none.
    pub error_detail: Option<ErrorDetail>,
}
