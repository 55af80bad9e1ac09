//! The pods as the API server last reported them.
//!
//! A pod stays until the API server reports that it is gone, or completes a list without it.

use std::collections::{BTreeMap, BTreeSet};

use crate::observation::{Listed, PodFact, Time};

/// A pod as the API server last reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// The content of the report.
    pub fact: PodFact,
    /// Time at which the report arrived.
    pub reported: Time,
}

/// All known pods, by `namespace/name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pods {
    by_key: BTreeMap<String, Pod>,
}

impl Pods {
    /// Applies a report about one pod.
    pub fn apply_fact(&mut self, at: Time, fact: &PodFact) {
        self.by_key.insert(fact.key(), Pod { fact: fact.clone(), reported: at });
    }

    /// Number of restarts since the last report about this pod. `None` if there are none, or if the pod is new.
    pub fn new_restarts(&self, fact: &PodFact) -> Option<u32> {
        let before = self.by_key.get(&fact.key())?;
        fact.restarts.checked_sub(before.fact.restarts).filter(|more| *more > 0)
    }

    /// Removes a pod that the API server no longer has.
    pub fn remove(&mut self, key: &str) {
        self.by_key.remove(key);
    }

    /// Removes all pods that a complete list does not name, within the namespace that was listed.
    pub fn apply_list(&mut self, listed: &Listed) {
        let names: BTreeSet<&str> = listed.names.iter().map(String::as_str).collect();
        self.by_key.retain(|key, pod| {
            names.contains(key.as_str()) || listed.namespace.as_ref().is_some_and(|only| *only != pod.fact.namespace)
        });
    }

    /// All pods: those of the workload first, then by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Pod> {
        let (workload, rest): (Vec<_>, Vec<_>) = self.by_key.values().partition(|pod| pod.fact.workload);
        workload.into_iter().chain(rest)
    }

    /// Number of known pods.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// True if no pod is known.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
