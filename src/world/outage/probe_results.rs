//! Results of blackout's own probes during an outage: dry runs of a write, the scheduler's lease, the containers that
//! run inside the workers, and restarts that the API server counts.
//!
//! Only answers are counted. A probe that was never sent, or that this user may not send, leaves its result empty and
//! proves nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    observation::{
        LeaderOutcome, PodFact, ProbeOutcome, RunningContainer, RuntimeOutcome, RuntimeProbe, Time, WriteProbe,
    },
    world::workload::Tally,
};

/// The containers that one inspection of a worker found running.
pub type ContainerSet = Arc<BTreeSet<RunningContainer>>;

/// The containers that an inspection found, or the reason why it failed: one line for a person.
pub(in crate::world) type InspectResult = Result<ContainerSet, String>;

/// The newest answers, whether or not there is an outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LatestProbes {
    /// Last renewal of the scheduler's lease that the API server reported. `None` if it never has.
    pub scheduler: Option<Time>,
    /// Containers that last ran inside each worker, and the time of that inspection.
    pub containers: BTreeMap<String, (Time, ContainerSet)>,
}

impl LatestProbes {
    /// Stores an inspection; returns its result and the containers of the inspection before it.
    pub(in crate::world) fn apply_runtime(
        &mut self,
        at: Time,
        probe: &RuntimeProbe,
    ) -> (InspectResult, Option<ContainerSet>) {
        let before = self.containers.get(&probe.worker).map(|(_, containers)| Arc::clone(containers));
        match &probe.outcome {
            RuntimeOutcome::Failed(error) => (Err(error.clone()), before),
            RuntimeOutcome::Running(containers) => {
                let found: BTreeSet<_> = containers.iter().cloned().collect();
                // containers rarely change: one set is shared by all equal inspections
                let found = before.clone().filter(|before| **before == found).unwrap_or_else(|| Arc::new(found));
                self.containers.insert(probe.worker.clone(), (at, Arc::clone(&found)));
                (Ok(found), before)
            }
        }
    }
}

/// The answers during one outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeResults {
    /// Dry runs of a write.
    pub writes: WriteResults,
    /// Renewals of the scheduler's lease.
    pub scheduler: SchedulerLease,
    /// Running containers, by worker.
    pub containers: BTreeMap<String, WorkerContainers>,
    /// Pods whose restart count rose, by `namespace/name`.
    pub restarted: BTreeMap<String, PodRestarts>,
}

impl ProbeResults {
    pub(super) fn apply_write(&mut self, at: Time, probe: &WriteProbe) {
        self.writes.apply(at, probe);
    }

    pub(super) fn apply_leader(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>, since: Option<Time>) {
        self.scheduler.apply(at, answer, known, since);
    }

    /// Applies an inspection. The first one after the API server is back is the last that counts.
    pub(super) fn apply_runtime(
        &mut self,
        at: Time,
        worker: &str,
        result: &InspectResult,
        before: Option<&ContainerSet>,
        api_server_back: bool,
    ) {
        let containers = self.containers.entry(worker.to_owned()).or_default();
        if std::mem::replace(&mut containers.api_server_back, api_server_back) {
            return;
        }
        match result {
            Ok(found) => containers.apply(at, found, before),
            Err(error) => {
                containers.inspections.count(false);
                containers.error = Some(error.clone());
            }
        }
    }

    pub(super) fn apply_restarts(&mut self, fact: &PodFact, by: u32) {
        let restarts = self.restarted.entry(fact.key()).or_default();
        restarts.node.clone_from(&fact.node);
        restarts.by = restarts.by.saturating_add(by);
    }

    /// Clears the results of a recovery that did not last.
    pub(super) fn relapse(&mut self) {
        self.writes.back = None;
        (self.scheduler.not_yet, self.scheduler.back) = (None, None);
        self.containers.values_mut().for_each(|containers| containers.api_server_back = false);
    }
}

/// Server-side dry runs of a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteResults {
    /// Dry runs that the API server accepted, of those sent. One that this user may not send counts as missed.
    pub tally: Tally,
    /// HTTP status of the newest dry run that this user may not send. `None` if there was none.
    pub forbidden: Option<u16>,
    /// The first dry run that failed, and how.
    pub first_failed: Option<(Time, ProbeOutcome)>,
    /// Time of the last dry run that failed.
    pub last_failed: Option<Time>,
    /// Time of the first dry run that was accepted after that.
    pub back: Option<Time>,
}

impl WriteResults {
    fn apply(&mut self, at: Time, probe: &WriteProbe) {
        match probe.outcome {
            ProbeOutcome::Ok => {
                self.tally.count(true);
                if self.first_failed.is_some() {
                    self.back.get_or_insert(at);
                }
            }
            // 4xx is about the request, not the server; 429 (too many requests) is about the server
            ProbeOutcome::Status(status @ 400..500) if status != 429 => {
                self.tally.miss();
                self.forbidden = Some(status);
            }
            ProbeOutcome::Status(_) | ProbeOutcome::Failed(_) => {
                self.tally.count(false);
                self.first_failed.get_or_insert_with(|| (at, probe.outcome.clone()));
                self.last_failed = Some(at);
                self.back = None;
            }
        }
    }
}

/// The lease by which the scheduler leads, `kube-system/kube-scheduler`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchedulerLease {
    /// Last renewal that was seen from before the API server was back.
    pub last: Option<Time>,
    /// Time at which the API server, back again, last reported that the lease was not renewed yet.
    pub not_yet: Option<Time>,
    /// First renewal since the API server was back.
    pub back: Option<Time>,
    /// HTTP status of an answer without a lease: 404 if there is none, 403 if this user may not read it.
    pub status: Option<u16>,
}

impl SchedulerLease {
    /// Applies an answer. `known` is the last renewal seen before it; a renewal from `since` on is new. `None` if the
    /// API server is not ready.
    fn apply(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>, since: Option<Time>) {
        let is_new = |renewed: Time| since.is_some_and(|since| renewed >= since);
        if let Some(known) = known.filter(|known| !is_new(*known)) {
            self.last = self.last.max(Some(known));
        }
        match answer {
            LeaderOutcome::Renewed(renewed) if is_new(*renewed) => {
                self.back.get_or_insert(*renewed);
            }
            LeaderOutcome::Renewed(renewed) => {
                self.last = self.last.max(Some(*renewed));
                self.not_yet = since.map(|_back| at);
            }
            LeaderOutcome::Status(status) => self.status = Some(*status),
        }
    }
}

/// The containers that ran inside one worker during an outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerContainers {
    /// Inspections that succeeded, of all inspections.
    pub inspections: Tally,
    /// Times of the first and the last inspection that succeeded.
    pub span: Option<(Time, Time)>,
    /// Reason of the newest inspection that failed. `None` if none did.
    pub error: Option<String>,
    /// Containers of the last inspection before the outage, or of the first one in it.
    pub before: ContainerSet,
    /// Containers of `before` that ran no more, and the time at which that was first seen.
    pub ended: BTreeMap<RunningContainer, Time>,
    /// Containers that had not run before, and the time at which each was first seen.
    pub started: BTreeMap<RunningContainer, Time>,
    /// True once the API server is back: a container that ends from then on may have been deleted.
    api_server_back: bool,
}

impl WorkerContainers {
    fn apply(&mut self, at: Time, found: &ContainerSet, before: Option<&ContainerSet>) {
        if self.inspections.answered == 0 {
            self.before = Arc::clone(before.unwrap_or(found));
        }
        self.inspections.count(true);
        let first = self.span.map_or(at, |(first, _)| first);
        self.span = Some((first, at));
        for container in self.before.difference(found) {
            self.ended.entry(container.clone()).or_insert(at);
        }
        for container in found.difference(&self.before) {
            self.started.entry(container.clone()).or_insert(at);
        }
    }

    /// The container that replaced `ended`, another one of the same pod and name, and the time at which it was first
    /// seen. `None` if nothing replaced it.
    pub fn successor(&self, ended: &RunningContainer) -> Option<(&RunningContainer, Time)> {
        let same = |new: &&RunningContainer| new.pod == ended.pod && new.name == ended.name && new.id != ended.id;
        self.started.iter().map(|(new, at)| (new, *at)).find(|(new, _)| same(new))
    }
}

/// Restarts of one pod that the API server counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodRestarts {
    /// The node that the pod is bound to. `None` if it is bound to none.
    pub node: Option<String>,
    /// Number of restarts since the pod was seen before.
    pub by: u32,
}
