//! The outages and the version of one worker.

use std::sync::Arc;

use crate::{
    analyze::scan::{
        chunk_summary::LineHit,
        kinds::{KindInterner, LineKindId},
    },
    kubelet::{DuplicateFilter, VersionClues},
    observation::Time,
    world::{JournalFact, LaneId, Outages},
};

/// Outages kept for each worker; the ones before them are summed up.
const MOST_OUTAGES: usize = 500;

/// Workers that are distinguished, which bounds the memory; the lines of further ones count for the last.
const MOST_WORKERS: usize = 1_000;

/// The workers of one input, in the order of their first lines.
#[derive(Debug, Default)]
pub(crate) struct WorkerStates {
    workers: Vec<WorkerState>,
}

impl WorkerStates {
    /// Returns the index of a worker, which is added if it is new.
    pub(crate) fn index_of(&mut self, name: &str) -> usize {
        if let Some(index) = self.workers.iter().position(|worker| *worker.name == *name) {
            return index;
        }
        if self.workers.len() == MOST_WORKERS {
            return MOST_WORKERS - 1;
        }
        self.workers.push(WorkerState::new(name));
        self.workers.len() - 1
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> &mut WorkerState {
        &mut self.workers[index]
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        &self.workers[index].name
    }
}

impl IntoIterator for WorkerStates {
    type Item = WorkerState;
    type IntoIter = std::vec::IntoIter<WorkerState>;

    fn into_iter(self) -> Self::IntoIter {
        self.workers.into_iter()
    }
}

/// Everything that is kept of one worker's lines.
#[derive(Debug)]
pub(crate) struct WorkerState {
    pub(crate) name: Arc<str>,
    pub(crate) outages: Outages,
    pub(crate) version: VersionClues,
    duplicates: DuplicateFilter,
    /// A fact of each kind of line, by the kind's number, so that a line allocates nothing: only its time changes.
    facts: Vec<Option<JournalFact>>,
    quoted: QuotedLanes,
}

/// The lanes that have an excerpt in the current outage.
#[derive(Clone, Copy, Debug, Default)]
struct QuotedLanes {
    /// Number of the outage, from 0.
    outage: u64,
    /// A bit for each lane.
    lanes: u16,
}

impl QuotedLanes {
    /// Whether this is the first line of a lane in an outage.
    fn is_first(&mut self, outage: u64, lane: LaneId) -> bool {
        if self.outage != outage {
            *self = Self { outage, lanes: 0 };
        }
        let bit = 1 << lane as u16;
        let is_first = self.lanes & bit == 0;
        self.lanes |= bit;
        is_first
    }
}

impl WorkerState {
    fn new(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            outages: Outages::keeping(MOST_OUTAGES),
            version: VersionClues::default(),
            duplicates: DuplicateFilter::default(),
            facts: Vec::new(),
            quoted: QuotedLanes::default(),
        }
    }

    /// Whether a line reports a failure that the line before has reported.
    pub(crate) fn is_duplicate(&mut self, hit: &LineHit) -> bool {
        let Some(((key, stage), at)) = hit.facts.duplicate.zip(hit.record_time.axis_micros()) else { return false };
        self.duplicates.is_duplicate_of(key, stage, at)
    }

    /// Folds a line about the control plane into its outage.
    ///
    /// Returns the lane of its symptom if it is the first line there in this outage.
    pub(crate) fn fold(
        &mut self,
        time: Time,
        is_duplicate: bool,
        kind: LineKindId,
        interner: &KindInterner,
    ) -> Option<LaneId> {
        let index = kind.index();
        if self.facts.len() <= index {
            self.facts.resize(index + 1, None);
        }
        let name = &self.name;
        let fact = self.facts[index].get_or_insert_with(|| {
            let kind = interner.get(kind);
            JournalFact {
                when: time,
                worker: Arc::clone(name),
                activity: kind.activity,
                symptom: kind.symptom,
                resource: kind.resource.clone(),
                retry_in: kind.retry_in,
                twin: is_duplicate,
                error_detail: kind.error_detail,
            }
        });
        fact.when = time;
        fact.twin = is_duplicate;
        self.outages.add_journal_line(fact);
        let lane = LaneId::of_symptom(fact.symptom)?;
        let outage = self.outages.past().len() as u64 + self.outages.dropped();
        self.quoted.is_first(outage, lane).then_some(lane)
    }
}
