//! The pods, as the API server last had them.

use std::collections::{BTreeMap, BTreeSet};

use crate::observation::{Listed, PodFact, Time};

/// A pod and when it was last spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// What the API server said.
    pub fact: PodFact,
    /// When it said so.
    pub heard: Time,
}

/// All known pods. A list that is under way removes nothing; only its end does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pods {
    by_key: BTreeMap<String, Pod>,
}

impl Pods {
    /// Folds a fact about one pod.
    pub fn fact(&mut self, at: Time, fact: &PodFact) {
        self.by_key.insert(fact.key(), Pod { fact: fact.clone(), heard: at });
    }

    /// How many restarts more than before a fact tells of.
    pub fn restarted(&self, fact: &PodFact) -> Option<u32> {
        let before = self.by_key.get(&fact.key())?;
        fact.restarts.checked_sub(before.fact.restarts).filter(|more| *more > 0)
    }

    /// Forgets a pod that the API server no longer has.
    pub fn gone(&mut self, key: &str) {
        self.by_key.remove(key);
    }

    /// Forgets what a complete list does not name.
    pub fn listed(&mut self, listed: &Listed) {
        let names: BTreeSet<&str> = listed.names.iter().map(String::as_str).collect();
        self.by_key.retain(|key, pod| {
            names.contains(key.as_str()) || listed.namespace.as_ref().is_some_and(|only| *only != pod.fact.namespace)
        });
    }

    /// The workload's pods first, then by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Pod> {
        let (workload, rest): (Vec<_>, Vec<_>) = self.by_key.values().partition(|pod| pod.fact.workload);
        workload.into_iter().chain(rest)
    }

    /// How many pods are known.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no pod is known.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
