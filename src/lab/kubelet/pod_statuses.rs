//! The state of a kubelet's pods, and which of them the API server does not know yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::lab::cluster::objects::PodState;

/// The states of a kubelet's pods, by name.
#[derive(Debug)]
pub(super) struct PodStatuses {
    states: Mutex<BTreeMap<String, PodState>>,
    /// Names of the pods whose state must be reported.
    unreported: Mutex<BTreeSet<String>>,
    changed: Notify,
}

impl PodStatuses {
    pub(super) fn new(states: BTreeMap<String, PodState>) -> Self {
        Self { states: Mutex::new(states), unreported: Mutex::default(), changed: Notify::new() }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<String, PodState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreported(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unreported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state of a pod and has it reported.
    pub(super) fn update(&self, pod: &str, change: impl FnOnce(&mut PodState)) {
        if let Some(state) = self.states().get_mut(pod) {
            change(state);
        }
        self.unreported().insert(pod.to_owned());
        self.changed.notify_one();
    }

    /// Has every pod reported.
    pub(super) fn report_all(&self) {
        let names: Vec<_> = self.states().keys().cloned().collect();
        self.unreported().extend(names);
        self.changed.notify_one();
    }

    /// Returns the names of the pods whose state must be reported.
    pub(super) fn to_report(&self) -> BTreeSet<String> {
        self.unreported().clone()
    }

    /// Takes the state of a pod for a report: a change from now on must be reported again. `None` if there is no such
    /// pod.
    pub(super) fn take(&self, pod: &str) -> Option<PodState> {
        self.unreported().remove(pod);
        self.states().get(pod).cloned()
    }

    /// Notes that the report of a pod has failed.
    pub(super) fn return_failed(&self, pod: String) {
        self.unreported().insert(pod);
    }

    /// Waits for the next change.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}
