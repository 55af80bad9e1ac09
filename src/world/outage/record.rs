//! One outage: its state, and everything that was counted while it lasted.
//!
//! The state machine is in `state`; which observation belongs to which outage is decided in `outages` and `line_owner`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::{
    probe_results::ProbeResults,
    state::OutageState,
    steps::{ConfirmedBy, OutageSteps},
};
use crate::{
    kubelet::ErrorDetail,
    observation::{FaultAction, Time},
    world::{
        journal::{JournalFact, Lanes, Retries},
        workload::Tally,
    },
};

/// One outage, under way or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Beginning of the outage: the moment that T+ counts from.
    pub began: Time,
    /// Where it stands, with the steps that were seen.
    pub(super) state: OutageState,
    /// Lanes of the failure ladder.
    pub lanes: Lanes,
    /// The retry loops of all workers.
    pub retries: Retries,
    /// Journal lines about the control plane.
    pub lines: u64,
    /// Failures in those lines: two lines about one failure count once.
    pub failures: u64,
    /// Times of the first and the last line about the control plane. `None` if there was no line.
    pub journal: Option<(Time, Time)>,
    /// Number of lines whose error has a detail beyond its symptom, by detail.
    pub error_details: BTreeMap<ErrorDetail, u64>,
    /// Checks of `/readyz` during the outage.
    pub health: Tally,
    /// Requests to the workload during the outage, by worker.
    pub traffic: BTreeMap<String, Tally>,
    /// Nodes that were not Ready, or had no renewed lease, before the outage: its end does not wait for them. `None`
    /// until they were looked up.
    pub(super) nodes_away: Option<BTreeSet<String>>,
    /// Answers to blackout's own probes: writes, the scheduler's lease, running containers, restarts.
    pub probe_results: ProbeResults,
}

impl Outage {
    /// An outage of which nothing is known yet but that it began at `began`.
    pub(super) fn new(began: Time) -> Self {
        Self {
            began,
            state: OutageState::Suspected,
            lanes: Lanes::default(),
            retries: Retries::default(),
            lines: 0,
            failures: 0,
            journal: None,
            error_details: BTreeMap::new(),
            health: Tally::default(),
            traffic: BTreeMap::new(),
            nodes_away: None,
            probe_results: ProbeResults::default(),
        }
    }

    /// Counts a journal line. A suspected outage begins with its earliest line.
    pub(super) fn add_journal_line(&mut self, fact: &JournalFact) {
        if self.is_suspected() {
            self.began = self.began.min(fact.when);
        }
        self.lines += 1;
        self.failures += u64::from(!fact.twin);
        let (first, last) = self.journal.unwrap_or((fact.when, fact.when));
        self.journal = Some((first.min(fact.when), last.max(fact.when)));
        if let Some(detail) = fact.error_detail {
            *self.error_details.entry(detail).or_default() += 1;
        }
        self.lanes.add_journal_line(self.began, fact);
        self.retries.add_journal_line(fact);
    }

    /// Counts a journal line that arrived after the end. A subsided outage is stretched to hold it.
    pub(super) fn add_late_journal_line(&mut self, fact: &JournalFact) {
        self.add_journal_line(fact);
        if let OutageState::Subsided { at } = &mut self.state {
            self.began = self.began.min(fact.when);
            *at = (*at).max(fact.when);
        }
    }

    /// Adds what another journal reported about the same outage. Only what comes from journals is joined.
    pub fn absorb(&mut self, other: &Self) {
        self.began = self.began.min(other.began);
        self.lines += other.lines;
        self.failures += other.failures;
        self.journal = match (self.journal, other.journal) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (ours, theirs) => ours.or(theirs),
        };
        for (detail, lines) in &other.error_details {
            *self.error_details.entry(*detail).or_default() += lines;
        }
        self.lanes.absorb(self.began, &other.lanes);
        self.retries.absorb(&other.retries);
    }

    /// Ends the outage at `at`, or at its beginning if that is later. An outage that is open can't end.
    pub(super) fn end(&mut self, at: Time) {
        self.state.end(at.max(self.began));
    }

    /// Sets the end of an outage whose only evidence is journal lines. `None` if it is still under way. No effect on a
    /// confirmed outage, which ends with its recovery.
    pub fn set_journal_end(&mut self, end: Option<Time>) {
        if matches!(self.state, OutageState::Suspected | OutageState::Subsided { .. }) {
            self.state = end.map_or(OutageState::Suspected, |at| OutageState::Subsided { at });
        }
    }

    /// Takes back the evidence of a fault or a signal that has had no effect. Journal lines remain as a suspected
    /// outage. Returns false if there are none, so nothing remains.
    pub(super) fn retract(&mut self) -> bool {
        self.state = OutageState::Suspected;
        let Some((first, _)) = self.journal else { return false };
        self.began = first;
        true
    }

    /// State of the outage, with the data that belongs to it.
    pub fn state(&self) -> &OutageState {
        &self.state
    }

    /// Moments of the outage, in one flat list.
    pub fn steps(&self) -> OutageSteps {
        self.state.steps()
    }

    /// First renewal of each node's lease since the API server was back, by node. `None` if the control plane was not
    /// down.
    pub fn leases(&self) -> Option<&BTreeMap<String, Time>> {
        self.state.leases()
    }

    /// Earliest renewal of a lease that proves that its kubelet reaches the API server again; until then a node is
    /// Ready only in etcd. `None` while the API server is down, or if it was not.
    pub fn renewals_since(&self) -> Option<Time> {
        self.state.renewals_since()
    }

    /// The observation that confirmed the outage. `None` if journal lines are the only evidence.
    pub fn confirmed_by(&self) -> Option<ConfirmedBy> {
        self.state.confirmed_by()
    }

    /// Fault that the engine's first event proves. `None` if it may have been a crash, or if there was no event.
    pub fn engine_fault(&self) -> Option<FaultAction> {
        self.state.engine_fault()
    }

    /// Time of the end. `None` while the outage is under way.
    pub fn ended(&self) -> Option<Time> {
        self.state.ended()
    }

    /// Length of the outage, up to `now` if it is under way.
    pub fn duration(&self, now: Time) -> Duration {
        self.ended().unwrap_or(now) - self.began
    }

    /// Beginning of the two durations below: the first failed check, or of an outage that no check saw, its beginning.
    fn api_lost(&self) -> Time {
        self.steps().first_failed_check.unwrap_or(self.began)
    }

    /// "API down": from the first failed check to the pass of `/readyz`. `None` if it has not passed again.
    pub fn api_down(&self) -> Option<Duration> {
        self.steps().readyz.map(|ready| ready - self.api_lost())
    }

    /// "Until all nodes Ready": from the first failed check to the moment at which every node was Ready with a renewed
    /// lease. `None` if that has not been so.
    pub fn until_nodes_ready(&self) -> Option<Duration> {
        self.steps().nodes_ready.map(|ready| ready - self.api_lost())
    }

    /// Requests to the workload during the outage, over all workers.
    pub fn traffic_tally(&self) -> Tally {
        self.traffic.values().copied().fold(Tally::default(), Tally::plus)
    }

    /// True if the API server is back and the nodes or the lanes have yet to follow.
    pub fn recovering(&self) -> bool {
        self.ended().is_none() && self.state.ready_since().is_some()
    }

    /// True while it is under way with journal lines as its only evidence.
    pub(super) fn is_suspected(&self) -> bool {
        self.state == OutageState::Suspected
    }

    /// Time of the last line about the control plane, or of the beginning if there was no line.
    pub fn last_line(&self) -> Time {
        self.journal.map_or(self.began, |(_, last)| last)
    }
}
