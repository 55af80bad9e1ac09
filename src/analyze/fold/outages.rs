//! Outages of several workers that are one: those that are close together in time.

use std::sync::Arc;

use chrono::Duration;

use super::excerpt::Excerpt;
use crate::{
    units::seconds,
    world::{Diagnosis, JournalCoverage, LaneId, Outage, RetryLoop, diagnose, outage::JOURNAL_GAP},
};

/// Silence after which an outage is over: both heartbeats of a kubelet fail at once when a call is refused, and are
/// tried again every 7 and every 10 s (`RetrySchedule`), so one of them is logged within this time.
const SILENCE: Duration = Duration::seconds(12);

/// The same if calls time out: each of them waits up to 10 s for its answer before it fails.
const SILENCE_AFTER_TIMEOUTS: Duration = Duration::seconds(30);

/// The part of one worker in an outage.
#[derive(Debug)]
pub(crate) struct WorkerOutage {
    outage: Outage,
    /// Whether the journal ends too soon to show the end of the outage.
    is_open: bool,
    coverage: JournalCoverage,
}

/// An outage of all workers together, and its likely cause.
#[derive(Debug)]
pub(crate) struct DiagnosedOutage {
    pub(crate) outage: Outage,
    pub(crate) diagnosis: Diagnosis,
    /// Whether the journals end during the outage.
    pub(crate) is_open: bool,
    /// Span of the journals that report it.
    pub(crate) coverage: JournalCoverage,
    /// First line of each symptom that the diagnosis names.
    pub(crate) excerpts: Vec<Excerpt>,
}

impl WorkerOutage {
    /// Takes an outage out of a journal of this span.
    pub(crate) fn new(outage: &Outage, coverage: JournalCoverage) -> Self {
        let silence = coverage.to.map(|to| to - outage.last_line());
        Self {
            outage: outage.clone(),
            is_open: silence.is_some_and(|silence| silence < silence_after(outage)),
            coverage,
        }
    }

    /// Adds the part of another worker, which begins later.
    fn absorb(&mut self, part: &Self) {
        // the worker with the last line knows whether the outage is over
        let (ours, theirs) = (self.outage.last_line(), part.outage.last_line());
        if ours < theirs || (ours == theirs && part.is_open) {
            self.is_open = part.is_open;
        }
        self.outage.absorb(&part.outage);
        self.coverage = JournalCoverage {
            from: self.coverage.from.into_iter().chain(part.coverage.from).min(),
            to: self.coverage.to.max(part.coverage.to),
        };
    }
}

/// Joins the outages that are at most [`JOURNAL_GAP`] apart, and finds their likely causes. Oldest first.
pub(crate) fn join_and_diagnose(parts: Vec<WorkerOutage>, excerpts: &[Excerpt]) -> Vec<DiagnosedOutage> {
    join(parts).into_iter().map(|part| DiagnosedOutage::new(part, excerpts)).collect()
}

/// Returns the silence after which an outage is over.
fn silence_after(outage: &Outage) -> Duration {
    let ends_with = |lane| {
        let lane = outage.lanes.get(lane);
        lane.is_some_and(|lane| outage.last_line() - lane.span.last < SILENCE_AFTER_TIMEOUTS)
    };
    if ends_with(LaneId::Timeout) || ends_with(LaneId::Lost) { SILENCE_AFTER_TIMEOUTS } else { SILENCE }
}

fn join(mut parts: Vec<WorkerOutage>) -> Vec<WorkerOutage> {
    parts.sort_by_key(|part| (part.outage.began, part.outage.last_line()));
    let mut joined: Vec<WorkerOutage> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.outage.began - last.outage.last_line() <= JOURNAL_GAP => last.absorb(&part),
            _ => joined.push(part),
        }
    }
    joined
}

impl DiagnosedOutage {
    fn new(part: WorkerOutage, excerpts: &[Excerpt]) -> Self {
        let WorkerOutage { mut outage, is_open, coverage } = part;
        outage.set_journal_end((!is_open).then(|| outage.last_line()));
        let diagnosis = diagnose(&outage, coverage);
        let first_of = |lane: LaneId| {
            let first = outage.lanes.get(lane)?.span.first;
            excerpts.iter().find(|excerpt| excerpt.lane == lane && excerpt.time == first).cloned()
        };
        let excerpts = diagnosis.clues.iter().filter_map(|clue| first_of(clue.lane)).collect();
        Self { outage, diagnosis, is_open, coverage, excerpts }
    }

    /// Returns the workers that have a retry loop, each once, in the order of their names.
    pub(crate) fn retrying_workers(&self) -> Vec<&str> {
        let mut workers: Vec<&str> = self.outage.retries.iter().map(|(id, _)| &*id.worker).collect();
        workers.dedup();
        workers
    }

    /// Whether more than one worker has a line in any lane.
    pub(crate) fn has_several_workers(&self) -> bool {
        let mut workers = self.outage.lanes.iter().flat_map(|(_, lane)| lane.by_worker.keys());
        let first: Option<&Arc<str>> = workers.next();
        workers.any(|worker| Some(worker) != first)
    }
}

/// Iterates over the gaps between the attempts of a retry loop, in seconds.
pub(crate) fn gaps_in_seconds(retries: &RetryLoop) -> impl Iterator<Item = f64> {
    retries.gaps.iter().map(|gap| seconds(*gap))
}
