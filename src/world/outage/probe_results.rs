//! What blackout's own questions told of an outage: whether a write was taken, whether the scheduler led, which
//! containers ran on inside the workers, and which were started again.
//!
//! It counts what was answered. What nobody asked, or what nobody was allowed to ask, stays empty and proves nothing.

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

/// The containers of one look.
pub type ContainerSet = Arc<BTreeSet<RunningContainer>>;

/// The newest answers, whether or not there is an outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LatestProbes {
    /// When the scheduler last renewed its lease, as the API server last had it.
    pub scheduler: Option<Time>,
    /// What last ran inside each worker, and when that was seen.
    pub inside: BTreeMap<String, (Time, ContainerSet)>,
}

/// The answers of one outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeResults {
    /// WriteResults that were tried out.
    pub writes: WriteResults,
    /// The scheduler's lease.
    pub scheduler: SchedulerLease,
    /// The looks inside each worker.
    pub inside: BTreeMap<String, WorkerContainers>,
    /// Pods whose restarts the API server counted on, by `namespace/name`.
    pub restarted: BTreeMap<String, PodRestarts>,
}

/// WriteResults that were tried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteResults {
    /// How many were taken of how many sent; one that this user may not do is missed.
    pub tally: Tally,
    /// The status of those that this user may not do.
    pub refused: Option<u16>,
    /// The first that failed, and how.
    pub failed: Option<(Time, ProbeOutcome)>,
    /// The last that failed.
    pub last_failed: Option<Time>,
    /// The first that was taken after that.
    pub back: Option<Time>,
}

impl WriteResults {
    fn probe(&mut self, at: Time, probe: &WriteProbe) {
        match probe.outcome {
            ProbeOutcome::Ok => {
                self.tally.count(true);
                if self.failed.is_some() {
                    self.back.get_or_insert(at);
                }
            }
            // a client's error, but "too many requests", is about the question and not about the server
            ProbeOutcome::Status(status @ 400..500) if status != 429 => {
                self.tally.miss();
                self.refused = Some(status);
            }
            ProbeOutcome::Status(_) | ProbeOutcome::Failed(_) => {
                self.tally.count(false);
                self.failed.get_or_insert_with(|| (at, probe.outcome.clone()));
                self.last_failed = Some(at);
                self.back = None;
            }
        }
    }
}

/// The scheduler's lease.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchedulerLease {
    /// The last renewal before it could not be renewed any more, as far as it was seen.
    pub last: Option<Time>,
    /// When the API server, back again, last said that it was not renewed yet.
    pub still: Option<Time>,
    /// The first renewal that was seen after that.
    pub back: Option<Time>,
    /// The status, where there is nothing to see.
    pub status: Option<u16>,
}

impl SchedulerLease {
    /// `known` is the last renewal that was seen before this answer; `since` the moment from which a renewal is a new
    /// one, once the API server is ready again.
    fn answer(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>, since: Option<Time>) {
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
                self.still = since.map(|_back| at);
            }
            LeaderOutcome::Status(status) => self.status = Some(*status),
        }
    }
}

/// The looks inside one worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerContainers {
    /// Looks that saw something, of all looks.
    pub looks: Tally,
    /// The first and the last look that saw something.
    pub span: Option<(Time, Time)>,
    /// Why the last look that failed did.
    pub failed: Option<String>,
    /// What ran before, at the last look before the outage or the first one in it.
    pub before: ContainerSet,
    /// What of it did not run any more, and when that was first seen.
    pub ended: BTreeMap<RunningContainer, Time>,
    /// What ran that had not run before, and when that was first seen.
    pub begun: BTreeMap<RunningContainer, Time>,
    /// The API server is back: what ends from here on may have been deleted.
    over: bool,
}

impl WorkerContainers {
    fn look(&mut self, at: Time, seen: &ContainerSet, before: Option<&ContainerSet>) {
        if self.looks.answered == 0 {
            self.before = Arc::clone(before.unwrap_or(seen));
        }
        self.looks.count(true);
        let first = self.span.map_or(at, |(first, _)| first);
        self.span = Some((first, at));
        for container in self.before.difference(seen) {
            self.ended.entry(container.clone()).or_insert(at);
        }
        for container in seen.difference(&self.before) {
            self.begun.entry(container.clone()).or_insert(at);
        }
    }

    /// The container that took the place of one that ended, and when it was first seen: another one of the same pod and
    /// name.
    pub fn successor(&self, ended: &RunningContainer) -> Option<(&RunningContainer, Time)> {
        let same = |new: &&RunningContainer| new.pod == ended.pod && new.name == ended.name && new.id != ended.id;
        self.begun.iter().map(|(new, at)| (new, *at)).find(|(new, _)| same(new))
    }
}

/// A pod whose restarts the API server counted on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodRestarts {
    /// The node it is bound to.
    pub node: Option<String>,
    /// How many restarts more.
    pub by: u32,
}

impl ProbeResults {
    pub(super) fn write(&mut self, at: Time, probe: &WriteProbe) {
        self.writes.probe(at, probe);
    }

    pub(super) fn leader(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>, since: Option<Time>) {
        self.scheduler.answer(at, answer, known, since);
    }

    /// `back` is whether the API server is back: the first look after that is the last that counts.
    pub(super) fn runtime(
        &mut self,
        at: Time,
        worker: &str,
        look: &InspectResult,
        before: Option<&ContainerSet>,
        back: bool,
    ) {
        let inside = self.inside.entry(worker.to_owned()).or_default();
        if std::mem::replace(&mut inside.over, back) {
            return;
        }
        match look {
            Ok(seen) => inside.look(at, seen, before),
            Err(error) => {
                inside.looks.count(false);
                inside.failed = Some(error.clone());
            }
        }
    }

    pub(super) fn restarted(&mut self, fact: &PodFact, by: u32) {
        let restarted = self.restarted.entry(fact.key()).or_default();
        restarted.node.clone_from(&fact.node);
        restarted.by = restarted.by.saturating_add(by);
    }

    /// Forgets what was back and did not last.
    pub(super) fn relapse(&mut self) {
        self.writes.back = None;
        (self.scheduler.still, self.scheduler.back) = (None, None);
        self.inside.values_mut().for_each(|inside| inside.over = false);
    }
}

/// What a look saw, or why it saw nothing.
pub(in crate::world) type InspectResult = Result<ContainerSet, String>;

impl LatestProbes {
    /// Takes a look in, and gives back what it saw and what had been seen before it.
    pub(in crate::world) fn look(&mut self, at: Time, look: &RuntimeProbe) -> (InspectResult, Option<ContainerSet>) {
        let before = self.inside.get(&look.worker).map(|(_, seen)| Arc::clone(seen));
        match &look.outcome {
            RuntimeOutcome::Failed(error) => (Err(error.clone()), before),
            RuntimeOutcome::Running(containers) => {
                let seen: BTreeSet<_> = containers.iter().cloned().collect();
                // nothing changes for hours: one set for all looks
                let seen = before.clone().filter(|before| **before == seen).unwrap_or_else(|| Arc::new(seen));
                self.inside.insert(look.worker.clone(), (at, Arc::clone(&seen)));
                (Ok(seen), before)
            }
        }
    }
}
