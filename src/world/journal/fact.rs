//! One journal line about the control plane, as lanes, retry loops and outages need it.

use std::sync::Arc;

use chrono::Duration;

use crate::{
    kubelet::{Activity, ErrorDetail, Symptom},
    observation::Time,
};

/// A line about the control plane, as the story needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFact {
    /// When it was written, by the journal's clock.
    pub when: Time,
    /// The worker whose journal it is.
    pub worker: Arc<str>,
    /// What its kubelet was doing.
    pub activity: Activity,
    /// How the call failed.
    pub symptom: Symptom,
    /// For what, where the line names it.
    pub resource: Option<Arc<str>>,
    /// The wait to the next try, where the line announces it.
    pub retry_in: Option<Duration>,
    /// Whether it is the second line about one failure.
    pub twin: bool,
    /// What its error says beyond the symptom.
    pub nuance: Option<ErrorDetail>,
}
