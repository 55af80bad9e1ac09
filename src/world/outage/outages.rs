//! Which outages there were: where each begins and ends, and what belongs to it.
//!
//! DetectedBy of any kind begins one: a deed of the operator, an event of the engine, a failed health check, or a line
//! of a journal. A journal alone (an incident's log) is enough, and then a long silence ends it.

use std::sync::Arc;

use super::{
    probe_results::{ContainerSet, InspectResult},
    steps::{self, DetectedBy, Outage, OutageSteps},
    timing::{JOURNAL_GAP, QUIET, SLACK},
};
use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, LeaderOutcome, NodeRole,
        OperatorPhase, OperatorStep, PodFact, ProbeError, ProbeOutcome, RunState, Time, TrafficOutcome, TrafficProbe,
        WriteProbe,
    },
    world::journal::JournalFact,
};

/// Past outages kept.
const OUTAGES_KEPT: usize = 50;

/// The outage under way and those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outages {
    past: Vec<Arc<Outage>>,
    current: Option<Outage>,
    /// Time-outs of `/readyz` in a row.
    timeouts: u32,
    /// Past outages kept.
    kept: usize,
    /// Past outages that were dropped for newer ones.
    forgotten: u64,
    /// What those come to.
    sum: Option<Box<Outage>>,
}

impl Default for Outages {
    fn default() -> Self {
        Self::keeping(OUTAGES_KEPT)
    }
}

impl Outages {
    /// No outage yet; of those that are over, so many are kept.
    pub fn keeping(kept: usize) -> Self {
        Self { past: Vec::new(), current: None, timeouts: 0, kept, forgotten: 0, sum: None }
    }

    /// How many past outages were dropped for newer ones.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The outage under way.
    pub fn current(&self) -> Option<&Outage> {
        self.current.as_ref()
    }

    /// The outages that are over, oldest first.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &Outage> + ExactSizeIterator {
        self.past.iter().map(|outage| &**outage)
    }

    /// All outages, oldest first; the one under way last.
    pub fn iter(&self) -> impl Iterator<Item = &Outage> {
        self.past().chain(self.current())
    }

    /// The outage under way, or else the last one.
    pub fn last(&self) -> Option<&Outage> {
        self.current().or_else(|| self.past.last().map(|outage| &**outage))
    }

    /// What the dropped outages come to.
    pub fn forgotten_sum(&self) -> Option<&Outage> {
        self.sum.as_deref()
    }

    /// The outage under way, begun at `at` if there is none. Stray lines of a journal before it are a story of their
    /// own.
    fn open(&mut self, at: Time, detected_by: DetectedBy) -> &mut Outage {
        if self.current.as_ref().is_some_and(|outage| outage.journal_only() && outage.began + SLACK < at) {
            let end = self.current.as_ref().map_or(at, Outage::last_line);
            self.close(end);
        }
        let outage = self.current.get_or_insert_with(|| Outage::new(at, detected_by));
        if outage.journal_only() {
            outage.detected_by = detected_by;
            outage.began = outage.began.min(at);
        }
        outage
    }

    fn close(&mut self, ended: Time) {
        if let Some(mut outage) = self.current.take() {
            outage.ended = Some(ended.max(outage.began));
            self.past.push(Arc::new(outage));
            self.forget();
        }
    }

    fn forget(&mut self) {
        if self.past.len() > self.kept {
            let oldest = self.past.remove(0);
            self.forgotten += 1;
            match &mut self.sum {
                Some(sum) => sum.absorb(&oldest),
                None => self.sum = Some(Box::new(Arc::unwrap_or_clone(oldest))),
            }
        }
    }

    /// Folds one step of a deed.
    pub fn operator(&mut self, at: Time, step: &OperatorStep) {
        match step.phase {
            OperatorPhase::Requested => {}
            // a fault that was refused is no outage, unless something went down all the same
            OperatorPhase::Failed { .. } if step.action != FaultAction::Restore => {
                if self.current.as_ref().is_some_and(Outage::was_only_asked_for) {
                    self.current = None;
                }
                return;
            }
            _ => return,
        }
        match (step.action, &mut self.current) {
            (FaultAction::Restore, Some(outage)) => {
                outage.steps.restore_asked.get_or_insert(at);
            }
            (FaultAction::Restore, None) => {}
            (fault, _) => {
                let outage = self.open(at, DetectedBy::Fault(fault));
                outage.relapse();
                outage.steps.asked.get_or_insert(at);
            }
        }
    }

    /// Folds one event of the engine.
    pub fn event(&mut self, at: Time, event: &EngineEvent) {
        if event.role != NodeRole::ControlPlane {
            return;
        }
        // the engine's clock is the host's; an event cannot be newer than its arrival
        let happened = event.happened.min(at);
        match event.action {
            EngineAction::Kill | EngineAction::Pause | EngineAction::Disconnect | EngineAction::Die => {
                let outage = self.open(happened, DetectedBy::Engine);
                if outage.steps.engine.is_none() {
                    outage.steps.engine = Some(happened);
                    outage.engine_says = steps::deed(event);
                }
                outage.exited |= event.action == EngineAction::Die;
                if event.action != EngineAction::Kill {
                    outage.steps.container_down.get_or_insert(happened);
                    // down again while it was coming up
                    if outage.steps.container_up.is_some_and(|up| up < happened) {
                        outage.relapse();
                        outage.steps.container_down = Some(happened);
                    }
                }
            }
            EngineAction::Start | EngineAction::Unpause | EngineAction::Connect => {
                if let Some(outage) = &mut self.current {
                    outage.exited &= event.action != EngineAction::Start;
                    // a container that is started gets its network first, and its processes a second later
                    if !outage.exited {
                        outage.steps.container_up.get_or_insert(happened);
                    }
                }
            }
            EngineAction::Stop | EngineAction::Destroy => {}
        }
    }

    /// Folds the state of a container: at the start it may be down already.
    pub fn container(&mut self, at: Time, state: &ContainerState) {
        if state.role != NodeRole::ControlPlane {
            return;
        }
        match state.state {
            RunState::Running | RunState::Restarting if state.attached => {
                if let Some(outage) = &mut self.current
                    && outage.steps.container_down.is_some()
                {
                    outage.steps.container_up.get_or_insert(state.since.unwrap_or(at).min(at));
                }
            }
            RunState::Created | RunState::Removing => {}
            _ => {
                let since = state.since.filter(|_| state.state != RunState::Running).unwrap_or(at).min(at);
                let outage = self.open(since, DetectedBy::Engine);
                outage.steps.container_down.get_or_insert(since);
            }
        }
    }

    /// Folds one health check.
    pub fn probe(&mut self, at: Time, probe: &HealthProbe) {
        let ok = probe.outcome == ProbeOutcome::Ok;
        if probe.check == HealthCheck::Readyz {
            let slow = probe.outcome == ProbeOutcome::Failed(ProbeError::Timeout);
            self.timeouts = if slow { self.timeouts + 1 } else { 0 };
        }
        // one slow answer on a busy machine begins no outage
        let certain = !ok && (probe.outcome != ProbeOutcome::Failed(ProbeError::Timeout) || self.timeouts >= 2);
        if certain {
            let outage = self.open(at, DetectedBy::Health);
            outage.steps.first_failed_check.get_or_insert(at);
        }
        let Some(outage) = &mut self.current else { return };
        if !ok {
            outage.steps.first_failed_check.get_or_insert(at);
        }
        let failed_before = outage.steps.first_failed_check.is_some();
        match probe.check {
            HealthCheck::Port if ok && failed_before && outage.steps.container_up.is_some() => {
                outage.steps.port_open.get_or_insert(at);
            }
            HealthCheck::Livez if ok && failed_before => {
                outage.steps.livez.get_or_insert(at);
            }
            HealthCheck::Livez => outage.steps.livez = None,
            HealthCheck::Readyz => {
                outage.health.count(ok);
                match ok {
                    true if failed_before => {
                        outage.steps.readyz.get_or_insert(at);
                    }
                    true => {}
                    false => outage.steps.readyz = None,
                }
            }
            HealthCheck::Port => {}
        }
    }

    /// Folds one request to the workload.
    pub fn traffic(&mut self, _at: Time, probe: &TrafficProbe) {
        let Some(outage) = &mut self.current else { return };
        let tally = outage.traffic.entry(probe.worker.clone()).or_default();
        match probe.outcome {
            TrafficOutcome::Missed => tally.miss(),
            outcome => tally.count(outcome.is_success()),
        }
    }

    /// Folds a write that was tried out.
    pub fn write(&mut self, at: Time, probe: &WriteProbe) {
        if let Some(outage) = &mut self.current {
            outage.probe_results.write(at, probe);
        }
    }

    /// Folds what the API server says of the scheduler's lease; `known` is the last renewal fact before. A scheduler may
    /// lead again only after everything else is back: that belongs to the outage that is just over.
    pub fn leader(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>) {
        let waits = |outage: &&mut Arc<Outage>| {
            let scheduler = &outage.probe_results.scheduler;
            outage.steps.readyz.is_some() && scheduler.last.is_some() && scheduler.back.is_none()
        };
        let outage = match &mut self.current {
            Some(outage) => Some(outage),
            None => self.past.last_mut().filter(waits).map(Arc::make_mut),
        };
        if let Some(outage) = outage {
            let since = outage.steps.readyz.map(|ready| ready - SLACK);
            outage.probe_results.leader(at, answer, known, since);
        }
    }

    /// Folds a look inside a worker; `before` is what the look before it saw.
    pub(in crate::world) fn runtime(
        &mut self,
        at: Time,
        worker: &str,
        look: &InspectResult,
        before: Option<&ContainerSet>,
    ) {
        if let Some(outage) = &mut self.current {
            let back = outage.steps.readyz.is_some();
            outage.probe_results.runtime(at, worker, look, before, back);
        }
    }

    /// Folds restarts of a pod that the API server has counted since it was last heard of.
    pub fn restarted(&mut self, fact: &PodFact, by: u32) {
        if let Some(outage) = &mut self.current {
            outage.probe_results.restarted(fact, by);
        }
    }

    /// Folds a renewed lease.
    pub fn lease(&mut self, _at: Time, node: &str, renewed: Time) {
        if let Some(outage) = &mut self.current
            && outage.steps.readyz.is_some_and(|ready| renewed >= ready - SLACK)
        {
            outage.steps.leases.entry(node.to_owned()).or_insert(renewed);
        }
    }

    /// Folds a line about the control plane into the outage that it belongs to by its own time: the history that a
    /// worker sends at the start may be older than what the others have said.
    pub fn reading(&mut self, fact: &JournalFact) {
        if let Some(outage) = &self.current {
            if outage.journal_only() {
                if fact.when - outage.last_line() > JOURNAL_GAP {
                    let end = outage.last_line();
                    self.close(end);
                } else if fact.when < outage.began && outage.began - fact.when > JOURNAL_GAP {
                    return self.past_reading(fact);
                }
            } else if fact.when < outage.began - SLACK {
                return self.past_reading(fact);
            }
        } else if self.past.last().is_some_and(|outage| outage.ended.is_some_and(|end| fact.when <= end + SLACK)) {
            return self.past_reading(fact);
        }
        let outage = self.current.get_or_insert_with(|| Outage::new(fact.when, DetectedBy::Journal));
        if outage.journal_only() {
            outage.began = outage.began.min(fact.when);
        }
        outage.reading(fact);
    }

    /// Folds a line into the past outage whose time it falls into; a line of no known outage begins one that is over.
    fn past_reading(&mut self, fact: &JournalFact) {
        let found = self.past.iter_mut().rev().find(|outage| {
            let end = outage.ended.unwrap_or(outage.began);
            fact.when >= outage.began - JOURNAL_GAP && fact.when <= end + JOURNAL_GAP
        });
        match found {
            Some(outage) => {
                let outage = Arc::make_mut(outage);
                outage.reading(fact);
                if outage.journal_only() {
                    outage.began = outage.began.min(fact.when);
                    outage.ended = outage.ended.max(Some(fact.when));
                }
            }
            None => {
                let mut outage = Outage::new(fact.when, DetectedBy::Journal);
                outage.reading(fact);
                outage.ended = Some(fact.when);
                self.past.push(Arc::new(outage));
                self.past.sort_by_key(|outage| outage.began);
                self.forget();
            }
        }
    }

    /// Ends the outage under way where everything is back: the control plane is up (`up`), every node is fresh and Ready
    /// (`recovered`), no deed is under way, and the lanes are quiet.
    pub fn settle(&mut self, at: Time, up: bool, recovered: bool, deed_in_progress: bool) {
        let Some(outage) = &mut self.current else { return };
        if deed_in_progress || !up {
            return;
        }
        let last = outage.last_line();
        if outage.journal_only() {
            // trouble that the control plane had no part in, or the history of an old outage
            if at - last >= JOURNAL_GAP || (recovered && at - last >= QUIET) {
                self.close(last);
            }
            return;
        }
        let OutageSteps { first_failed_check, readyz, container_down, container_up, .. } = &outage.steps;
        let answered_again = first_failed_check.is_some() && readyz.is_some();
        // over between two checks: none of them failed
        let started_again = container_down.is_some() && container_up.is_some();
        // else a fault was asked for and nothing has failed yet
        if !recovered || !(answered_again || started_again) {
            return;
        }
        let ready = *outage.steps.nodes_ready.get_or_insert(at);
        if at - last >= QUIET && at - ready >= SLACK {
            self.close(last.max(ready));
        }
    }

    /// Ends the story of a journal that has no more lines: an outage whose last line is long before `last` is over,
    /// any other is still under way.
    pub fn finish(&mut self, last: Time) {
        if let Some(outage) = &self.current
            && last - outage.last_line() > JOURNAL_GAP
        {
            let end = outage.last_line();
            self.close(end);
        }
    }
}
