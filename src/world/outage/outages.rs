//! The outage under way and those before it: one function for each kind of observation.
//!
//! Evidence of any kind begins an outage: a fault that the operator requests, an event of the engine, a failed health
//! check, or a line of a journal. Each function finds the outage and hands the event to its state (`state`); none of
//! them touches a step itself. Journals alone suffice, as those of an incident; then a long silence ends the outage.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    line_owner::{LineOwner, line_owner},
    probe_results::{ContainerSet, InspectResult},
    record::Outage,
    state::OutageState,
    steps::{fault_of, takes_down},
    timing::{JOURNAL_GAP, NODES_AWAITED, QUIET, SLACK, TIMEOUTS_THAT_COUNT},
};
use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, LeaderOutcome, NodeRole,
        OperatorPhase, OperatorStep, PodFact, ProbeError, ProbeOutcome, RunState, Time, TrafficProbe, WriteProbe,
    },
    world::journal::JournalFact,
};

/// Past outages kept with all details, a day with one fault every half hour; older ones are only summed up.
const OUTAGES_KEPT: usize = 50;

/// The state of the cluster that decides whether an outage is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) struct ClusterStatus {
    /// The newest check of `/readyz` passed.
    pub(in crate::world) api_server_up: bool,
    /// Every node is Ready and has renewed its lease since.
    pub(in crate::world) nodes_ready: bool,
    /// Time since which the port is open, if there are no checks of `/readyz`.
    pub(in crate::world) port_open_unchecked: Option<Time>,
    /// A fault or a restore is under way.
    pub(in crate::world) action_in_progress: bool,
}

/// The outage under way and those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outages {
    /// Outages that are over, in the order of their beginnings.
    past: Vec<Arc<Outage>>,
    current: Option<Outage>,
    /// Time-outs of `/readyz` in a row.
    timeouts: u32,
    /// Past outages kept with all details.
    kept: usize,
    /// Past outages that were dropped for newer ones.
    dropped: u64,
    /// Sum of the dropped outages. `None` if none was dropped.
    dropped_sum: Option<Box<Outage>>,
}

impl Default for Outages {
    fn default() -> Self {
        Self::keeping(OUTAGES_KEPT)
    }
}

impl Outages {
    /// No outage yet. At most `kept` past outages are kept with all details.
    pub fn keeping(kept: usize) -> Self {
        Self { past: Vec::new(), current: None, timeouts: 0, kept, dropped: 0, dropped_sum: None }
    }

    /// Number of past outages that were dropped for newer ones.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sum of the dropped outages. `None` if none was dropped.
    pub fn dropped_sum(&self) -> Option<&Outage> {
        self.dropped_sum.as_deref()
    }

    /// The outage under way. `None` if there is none.
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

    /// The outage under way, or else the newest past one. `None` if there was none.
    pub fn last(&self) -> Option<&Outage> {
        self.current().or_else(|| self.past.last().map(|outage| &**outage))
    }

    /// Applies one step of the operator's fault or restore.
    pub fn apply_operator(&mut self, at: Time, step: &OperatorStep) {
        match (&step.phase, step.action) {
            (OperatorPhase::Requested, FaultAction::Restore) => {
                if let Some(outage) = &mut self.current {
                    outage.state.restore_requested(at);
                }
            }
            (OperatorPhase::Requested, fault) => {
                self.end_before_fault(at);
                let outage = self.begun_by(at);
                outage.state.fault_requested(at, fault);
                outage.probe_results.relapse();
            }
            // a fault that was refused is no outage; a kubelet may have noticed something all the same
            (OperatorPhase::Failed { .. }, fault) if fault != FaultAction::Restore => {
                self.current.take_if(|outage| matches!(outage.state, OutageState::Requested(_)) && !outage.retract());
            }
            _ => {}
        }
    }

    /// Applies one event of the engine.
    pub fn apply_event(&mut self, at: Time, event: &EngineEvent) {
        if event.role != NodeRole::ControlPlane {
            return;
        }
        // the engine's clock is the host's; an event cannot be newer than its arrival
        let happened = event.happened.min(at);
        match event.action {
            _ if takes_down(event) => {
                self.end_before_fault(happened);
                let outage = self.begun_by(happened);
                if outage.state.engine_reported_down(happened, event.action, fault_of(event)) {
                    outage.probe_results.relapse();
                }
            }
            EngineAction::Start | EngineAction::Unpause | EngineAction::Connect => {
                if let Some(outage) = &mut self.current {
                    outage.state.engine_reported_up(happened, event.action);
                }
            }
            _ => {}
        }
    }

    /// Applies an inspection of a container, which may be down already when blackout starts.
    pub fn apply_container(&mut self, at: Time, state: &ContainerState) {
        if state.role != NodeRole::ControlPlane {
            return;
        }
        match state.state {
            RunState::Running | RunState::Restarting if state.attached => {
                if let Some(outage) = &mut self.current {
                    outage.state.container_found_up(at, state.since.unwrap_or(at).min(at));
                }
            }
            RunState::Created | RunState::Removing => {}
            _ => {
                // a running container without a network has its start as `since`, not the disconnect
                let since = state.since.filter(|_| state.state != RunState::Running).unwrap_or(at).min(at);
                if matches!(state.state, RunState::Exited | RunState::Dead) && state.since.is_some() {
                    self.end_before_fault(since);
                }
                self.begun_by(since).state.container_found_down(since);
            }
        }
    }

    /// Applies one health check.
    pub fn apply_check(&mut self, at: Time, probe: &HealthProbe) {
        let timed_out = probe.outcome == ProbeOutcome::Failed(ProbeError::Timeout);
        if probe.check == HealthCheck::Readyz {
            self.timeouts = if timed_out { self.timeouts + 1 } else { 0 };
        }
        let passed = probe.outcome == ProbeOutcome::Ok;
        let certain = !passed && (!timed_out || self.timeouts >= TIMEOUTS_THAT_COUNT);
        let outage = if certain { Some(self.begun_by(at)) } else { self.current.as_mut() };
        let Some(outage) = outage else { return };
        if probe.check == HealthCheck::Readyz {
            outage.health.count(passed);
        }
        if passed {
            outage.state.check_passed(at, probe);
        } else {
            outage.state.check_failed(at, probe, certain);
        }
    }

    /// Counts one request to the workload.
    pub fn apply_traffic(&mut self, probe: &TrafficProbe) {
        if let Some(outage) = &mut self.current {
            outage.traffic.entry(probe.worker.clone()).or_default().count_traffic(probe.outcome);
        }
    }

    /// Applies one dry run of a write.
    pub fn apply_write(&mut self, at: Time, probe: &WriteProbe) {
        if let Some(outage) = &mut self.current {
            outage.probe_results.apply_write(at, probe);
        }
    }

    /// Applies the API server's answer about the scheduler's lease; `known` is the last renewal before it. A scheduler
    /// may lead again only after everything else is back: that belongs to the outage that is just over.
    pub fn apply_leader(&mut self, at: Time, answer: &LeaderOutcome, known: Option<Time>) {
        let waits = |outage: &&mut Arc<Outage>| {
            let scheduler = &outage.probe_results.scheduler;
            outage.state.ready_since().is_some() && scheduler.last.is_some() && scheduler.back.is_none()
        };
        let outage = match &mut self.current {
            Some(outage) => Some(outage),
            None => self.past.last_mut().filter(waits).map(Arc::make_mut),
        };
        if let Some(outage) = outage {
            let since = outage.state.ready_since().map(|ready| ready - SLACK);
            outage.probe_results.apply_leader(at, answer, known, since);
        }
    }

    /// Applies one inspection of a worker's containers; `before` are the containers of the inspection before it.
    pub(in crate::world) fn apply_runtime(
        &mut self,
        at: Time,
        worker: &str,
        result: &InspectResult,
        before: Option<&ContainerSet>,
    ) {
        if let Some(outage) = &mut self.current {
            let api_server_back = outage.state.ready_since().is_some();
            outage.probe_results.apply_runtime(at, worker, result, before, api_server_back);
        }
    }

    /// Counts restarts of a pod that the API server has reported since the pod was last seen.
    pub fn apply_restarts(&mut self, fact: &PodFact, by: u32) {
        if let Some(outage) = &mut self.current {
            outage.probe_results.apply_restarts(fact, by);
        }
    }

    /// Applies a renewal of a node's lease.
    pub fn apply_lease(&mut self, node: &str, renewed: Time) {
        if let Some(outage) = &mut self.current {
            outage.state.lease_renewed(node, renewed);
        }
    }

    /// Adds a line about the control plane to the outage that it belongs to by its own time.
    pub fn add_journal_line(&mut self, fact: &JournalFact) {
        match line_owner(fact.when, self.current.as_ref(), &self.past) {
            LineOwner::Current => {}
            LineOwner::New => self.subside(),
            LineOwner::Past(index) => return Arc::make_mut(&mut self.past[index]).add_late_journal_line(fact),
            LineOwner::NewPast => return self.add_past(fact),
        }
        self.current.get_or_insert_with(|| Outage::new(fact.when)).add_journal_line(fact);
    }

    /// Adds an outage of one line that was over when the line arrived.
    fn add_past(&mut self, fact: &JournalFact) {
        let mut outage = Outage::new(fact.when);
        outage.add_journal_line(fact);
        outage.end(fact.when);
        self.past.push(Arc::new(outage));
        self.past.sort_by_key(|outage| outage.began);
        self.drop_oldest();
    }

    /// Ends the outage under way if it is over: a suspected one after a long silence, any other once the control plane
    /// is back, every node is Ready with a renewed lease, and the lanes are quiet.
    pub(in crate::world) fn close_if_recovered(&mut self, at: Time, status: ClusterStatus) {
        let Some(outage) = &mut self.current else { return };
        if status.action_in_progress {
            return;
        }
        if !status.api_server_up {
            return self.close_unchecked(at, status.port_open_unchecked);
        }
        let expired = outage.state.only_requested().is_none_or(|requested| at - requested >= JOURNAL_GAP);
        if outage.state.is_unharmed() && expired {
            self.current.take_if(|outage| !outage.retract());
            return;
        }
        let last = outage.last_line();
        let quiet = at - last >= QUIET;
        if outage.is_suspected() {
            // trouble in which the control plane has no part, or the history of an old outage
            if at - last >= JOURNAL_GAP || (status.nodes_ready && quiet) {
                self.close(last);
            }
        } else if status.nodes_ready
            && let Some(ready) = outage.state.nodes_ready(at)
            && quiet
            && at - ready >= SLACK
        {
            self.close(last.max(ready));
        } else if outage.state.ready_since().is_some_and(|ready| at - ready >= NODES_AWAITED) {
            self.close(at);
        }
    }

    /// Ends a confirmed outage without checks of `/readyz`: the port has been open since `port_open`, and since then
    /// the journals have been silent for as long as the slowest retry takes.
    fn close_unchecked(&mut self, at: Time, port_open: Option<Time>) {
        let Some(outage) = self.current.as_mut().filter(|outage| !outage.is_suspected()) else { return };
        let Some(open) = port_open.max(outage.state.container_up()).filter(|_| port_open.is_some()) else { return };
        let end = outage.last_line().max(open);
        if at - end >= JOURNAL_GAP {
            outage.state.recover_unchecked();
            self.close(end);
        }
    }

    /// Beginning of the outage under way if it has yet to learn which nodes were away before. `None` if it knows.
    pub(in crate::world) fn awaits_nodes_away(&self) -> Option<Time> {
        self.current.as_ref().filter(|outage| outage.nodes_away.is_none()).map(|outage| outage.began)
    }

    /// Notes the nodes that were away before the outage under way. One that interrupts the recovery of another takes
    /// that one's: its nodes were on their way back.
    pub(in crate::world) fn note_nodes_away(&mut self, away: BTreeSet<String>) {
        let Some(outage) = &mut self.current else { return };
        let interrupted =
            self.past.last().filter(|past| past.ended() == Some(outage.began) && past.steps().nodes_ready.is_none());
        outage.nodes_away = interrupted.and_then(|past| past.nodes_away.clone()).or(Some(away));
    }

    /// Nodes that were away before the outage under way. `None` if there is none.
    pub(in crate::world) fn nodes_away(&self) -> Option<&BTreeSet<String>> {
        self.current.as_ref()?.nodes_away.as_ref()
    }

    /// Ends the outage under way if `/readyz` passed again before the fault at `at`, which begins another.
    fn end_before_fault(&mut self, at: Time) {
        if self.current.as_ref().is_some_and(|outage| outage.state.was_ready_before(at)) {
            self.close(at);
        }
    }

    /// Returns the outage under way for an event that happened at `at`, and begins one if there is none. Journal lines
    /// that are older than the event by more than the slack are an outage of their own.
    fn begun_by(&mut self, at: Time) -> &mut Outage {
        if self.current.as_ref().is_some_and(|outage| outage.is_suspected() && outage.began + SLACK < at) {
            self.subside();
        }
        let outage = self.current.get_or_insert_with(|| Outage::new(at));
        if outage.is_suspected() {
            outage.began = outage.began.min(at);
        }
        outage
    }

    /// Ends a suspected outage with its last line.
    fn subside(&mut self) {
        if let Some(end) = self.current.as_ref().map(Outage::last_line) {
            self.close(end);
        }
    }

    fn close(&mut self, end: Time) {
        if let Some(mut outage) = self.current.take() {
            outage.end(end);
            self.past.push(Arc::new(outage));
            self.drop_oldest();
        }
    }

    /// Drops the oldest past outage into the sum if there are too many.
    fn drop_oldest(&mut self) {
        if self.past.len() > self.kept {
            let oldest = self.past.remove(0);
            self.dropped += 1;
            match &mut self.dropped_sum {
                Some(sum) => sum.absorb(&oldest),
                None => self.dropped_sum = Some(Box::new(Arc::unwrap_or_clone(oldest))),
            }
        }
    }
}
