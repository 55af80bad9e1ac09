//! The story of one outage: from the first evidence until every lane is quiet and every node is fresh and Ready.
//!
//! It holds what was said and when; which observation belongs to which outage is decided in `outages`.

use std::collections::BTreeMap;

use chrono::Duration;

use super::probe_results::ProbeResults;
use crate::{
    kubelet::ErrorDetail,
    observation::{EngineAction, EngineEvent, FaultAction, Time},
    world::{
        journal::{JournalFact, Lanes, Retries},
        workload::Tally,
    },
};

/// What first told of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectedBy {
    /// A fault that the operator asked for.
    Fault(FaultAction),
    /// An event of the engine, or a container that it found down.
    Engine,
    /// A failed health check.
    Health,
    /// A line of a journal.
    Journal,
}

/// When each step of an outage was reached. A step that was not fact is nothing, never a guess.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutageSteps {
    /// The fault was asked for.
    pub asked: Option<Time>,
    /// The engine's first event about it.
    pub engine: Option<Time>,
    /// The first health check that failed.
    pub first_failed_check: Option<Time>,
    /// The container was down, frozen or cut off.
    pub container_down: Option<Time>,
    /// The restore was asked for.
    pub restore_asked: Option<Time>,
    /// The container ran again.
    pub container_up: Option<Time>,
    /// The port was open again.
    pub port_open: Option<Time>,
    /// `/livez` passed again.
    pub livez: Option<Time>,
    /// `/readyz` passed again.
    pub readyz: Option<Time>,
    /// The first renewed lease of each node since.
    pub leases: BTreeMap<String, Time>,
    /// Every node was Ready, and fresh.
    pub nodes_ready: Option<Time>,
}

impl OutageSteps {
    /// Each step that is one moment, with its name in every format, in the order in which they are usually reached.
    pub fn named(&self) -> [(&'static str, Option<Time>); 10] {
        [
            ("fault-asked", self.asked),
            ("engine-event", self.engine),
            ("first-failed-check", self.first_failed_check),
            ("container-down", self.container_down),
            ("restore-asked", self.restore_asked),
            ("container-up", self.container_up),
            ("port-open", self.port_open),
            ("livez", self.livez),
            ("readyz", self.readyz),
            ("nodes-ready", self.nodes_ready),
        ]
    }
}

/// SIGKILL, with which a kill begins.
const SIGKILL: i64 = 9;

/// The signals with which a stop begins: SIGTERM, and SIGRTMIN+3, the `STOPSIGNAL` of kind's node images.
const STOPS: [i64; 2] = [15, 37];

/// What an event of the engine, as the first one about an outage, says was done; nothing where it may be a crash.
pub(super) fn deed(event: &EngineEvent) -> Option<FaultAction> {
    match (event.action, event.signal) {
        (EngineAction::Kill, Some(SIGKILL)) => Some(FaultAction::Kill),
        (EngineAction::Kill, Some(signal)) if STOPS.contains(&signal) => Some(FaultAction::Stop),
        (EngineAction::Pause, _) => Some(FaultAction::Pause),
        (EngineAction::Disconnect, _) => Some(FaultAction::Disconnect),
        _ => None,
    }
}

/// One outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When it began: the moment that T+ counts from.
    pub began: Time,
    /// What first told of it.
    pub detected_by: DetectedBy,
    /// What the engine's first event about it says was done.
    pub engine_says: Option<FaultAction>,
    /// Whether its container has ended and was not started since.
    pub(super) exited: bool,
    /// When each step was reached.
    pub steps: OutageSteps,
    /// The failure ladder.
    pub lanes: Lanes,
    /// The retry loops.
    pub retries: Retries,
    /// Lines about the control plane.
    pub lines: u64,
    /// Failures in them: twin lines count once.
    pub failures: u64,
    /// The first and last line about the control plane.
    pub journal: Option<(Time, Time)>,
    /// How many lines said more than their symptom.
    pub nuances: BTreeMap<ErrorDetail, u64>,
    /// Health checks of `/readyz` during the outage.
    pub health: Tally,
    /// Requests to the workload during the outage, worker by worker.
    pub traffic: BTreeMap<String, Tally>,
    /// What blackout's own questions were answered.
    pub probe_results: ProbeResults,
    /// When it was over.
    pub ended: Option<Time>,
}

impl Outage {
    pub(super) fn new(began: Time, detected_by: DetectedBy) -> Self {
        Self {
            began,
            detected_by,
            engine_says: None,
            exited: false,
            steps: OutageSteps::default(),
            lanes: Lanes::default(),
            retries: Retries::default(),
            lines: 0,
            failures: 0,
            journal: None,
            nuances: BTreeMap::new(),
            health: Tally::default(),
            traffic: BTreeMap::new(),
            probe_results: ProbeResults::default(),
            ended: None,
        }
    }

    pub(super) fn reading(&mut self, fact: &JournalFact) {
        self.lines += 1;
        self.failures += u64::from(!fact.twin);
        let (first, last) = self.journal.unwrap_or((fact.when, fact.when));
        self.journal = Some((first.min(fact.when), last.max(fact.when)));
        if let Some(nuance) = fact.nuance {
            *self.nuances.entry(nuance).or_default() += 1;
        }
        self.lanes.reading(self.began, fact);
        self.retries.reading(fact);
    }

    /// Takes in what another journal said about the same outage. Only what journals say is joined.
    pub fn absorb(&mut self, other: &Self) {
        self.began = self.began.min(other.began);
        self.lines += other.lines;
        self.failures += other.failures;
        self.journal = match (self.journal, other.journal) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (ours, theirs) => ours.or(theirs),
        };
        for (nuance, lines) in &other.nuances {
            *self.nuances.entry(*nuance).or_default() += lines;
        }
        self.lanes.absorb(self.began, &other.lanes);
        self.retries.absorb(&other.retries);
    }

    /// How long it lasted, or has lasted at `now`.
    pub fn duration(&self, now: Time) -> Duration {
        self.ended.unwrap_or(now) - self.began
    }

    /// Requests to the workload during the outage, over all workers.
    pub fn traffic_tally(&self) -> Tally {
        self.traffic.values().copied().fold(Tally::default(), Tally::plus)
    }

    /// Whether the control plane is back and the rest has yet to follow.
    pub fn recovering(&self) -> bool {
        self.ended.is_none() && self.steps.readyz.is_some()
    }

    /// Whether nothing but the operator's request speaks for it.
    pub(super) fn was_only_asked_for(&self) -> bool {
        let OutageSteps { engine, first_failed_check, container_down, .. } = &self.steps;
        matches!(self.detected_by, DetectedBy::Fault(_))
            && [engine, first_failed_check, container_down].iter().all(|step| step.is_none())
            && self.lines == 0
    }

    /// Whether nothing but a journal told of it.
    pub(super) fn journal_only(&self) -> bool {
        self.detected_by == DetectedBy::Journal
    }

    /// Forgets the steps of a restore that did not last.
    pub(super) fn relapse(&mut self) {
        let OutageSteps { restore_asked, container_up, port_open, livez, readyz, leases, nodes_ready, .. } =
            &mut self.steps;
        for step in [restore_asked, container_up, port_open, livez, readyz, nodes_ready] {
            *step = None;
        }
        leases.clear();
        self.probe_results.relapse();
    }

    /// The last line about the control plane; the beginning where there is none.
    pub fn last_line(&self) -> Time {
        self.journal.map_or(self.began, |(_, last)| last)
    }
}
