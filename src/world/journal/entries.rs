//! What the kubelets wrote: the reading of each line, folded into a list that a person can follow.
//!
//! Lines of one kind from one worker that come within a moment are one entry with a count (a kubelet tries five times
//! in 2 ms, and older versions write two lines about one failure). The list is in the order of the journals' clocks and
//! bounded; the counts are not lost.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use chrono::Duration;

use super::fact::JournalFact;
use crate::{
    kubelet::{self, Activity, Reading, Severity, Symptom},
    observation::{JournalLine, Time},
};

/// Entries kept; about an hour of an outage on three workers.
pub const ENTRIES_KEPT: usize = 3_000;

/// Lines of one kind that come within this time of the first are one entry.
const FOLD: Duration = Duration::milliseconds(1_500);

/// How far back an entry is searched for a line that belongs to it: other workers speak in between.
const FOLD_REACH: usize = 24;

/// Bytes of a line that are kept for the detail view.
const RAW_KEPT: usize = 4_096;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Number of the entry since the start, in the order of arrival; stable while the list moves.
    pub id: u64,
    /// When its first line was written.
    pub first: Time,
    /// When its newest line was written.
    pub last: Time,
    /// The worker.
    pub worker: Arc<str>,
    /// Whether it is about the control plane.
    pub control_plane: bool,
    /// The severity of its first line; none for a line without a klog header.
    pub severity: Option<Severity>,
    /// `file.go:line` of its first line.
    pub source: Option<Arc<str>>,
    /// What the kubelet was doing.
    pub activity: Activity,
    /// How the call failed.
    pub symptom: Symptom,
    /// For what.
    pub resource: Option<Arc<str>>,
    /// The wait to the next try that its newest line announced.
    pub retry_in: Option<Duration>,
    /// Its first line: the kubelet's message, whole up to a few kilobytes, untrusted.
    pub message: Box<str>,
    /// Lines.
    pub lines: u64,
    /// Failures: twin lines count once.
    pub failures: u64,
}

/// Counts of one worker's journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerJournal {
    /// Lines read.
    pub lines: u64,
    /// Lines about the control plane.
    pub control_plane: u64,
    /// Lines that were dropped because they came too fast.
    pub dropped: u64,
    /// When its newest line was written.
    pub last: Option<Time>,
    twins: kubelet::DuplicateFilter,
    calendar: Option<kubelet::TimeResolver>,
}

impl WorkerJournal {
    /// The calendar that gives the year to lines that have none; a session's lines are not newer than tomorrow.
    fn calendar(&mut self, started: Time) -> &mut kubelet::TimeResolver {
        let tomorrow = started.date_naive() + Duration::days(1);
        self.calendar.get_or_insert_with(|| kubelet::TimeResolver::new(kubelet::YearHint::NotAfter(tomorrow)))
    }
}

/// The folded list and its counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journal {
    entries: VecDeque<Arc<JournalEntry>>,
    next_id: u64,
    workers: BTreeMap<Arc<str>, WorkerJournal>,
}

impl Journal {
    /// Folds one line that arrived at `at`; gives back what the story needs to know of it, if it is about the control
    /// plane.
    pub fn line(&mut self, at: Time, started: Time, line: &JournalLine) -> Option<JournalFact> {
        let worker = self.worker(&line.worker);
        let counts = self.workers.get_mut(&worker)?;
        counts.lines += 1;
        let entry = kubelet::entry(line.line.as_bytes());
        let record = kubelet::record(&entry.message);
        let reading = kubelet::read(&record);
        let moment = counts.calendar(started).resolve(entry.timestamp.as_ref(), record.time());
        // a time without a zone is taken for the node's, and a kind node's clock is UTC
        let when = moment.map_or(at, |moment| moment.utc.unwrap_or_else(|| moment.local.and_utc()));
        let twin = reading.control_plane
            && kubelet::DuplicateKey::of(&reading)
                .zip(reading.stage)
                .zip(record.time().axis_micros())
                .is_some_and(|((key, stage), at)| counts.twins.is_duplicate_of(key, stage, at));
        counts.control_plane += u64::from(reading.control_plane);
        counts.last = counts.last.max(Some(when));
        let fact = JournalFact {
            when,
            worker,
            activity: reading.activity,
            symptom: reading.symptom,
            resource: reading.resource.as_deref().map(Arc::from),
            retry_in: reading.retry_in.and_then(|wait| Duration::from_std(wait).ok()),
            twin,
            nuance: kubelet::error_detail(&record, &reading),
        };
        self.fold(&fact, &reading, &entry.message);
        reading.control_plane.then_some(fact)
    }

    /// Puts a line into the list: into the newest entry of its kind, or as a new one.
    fn fold(&mut self, fact: &JournalFact, reading: &Reading<'_>, message: &str) {
        let control_plane = reading.control_plane;
        let source = || reading.call_site.as_ref().map(|source| Arc::<str>::from(source.to_string()));
        // lines that are not about the control plane are told apart by who wrote them
        let other = if control_plane { None } else { source() };
        let same = |entry: &&mut Arc<JournalEntry>| {
            entry.worker == fact.worker
                && entry.control_plane == control_plane
                && entry.activity == fact.activity
                && entry.symptom == fact.symptom
                && entry.resource == fact.resource
                && (control_plane || entry.source == other)
                && (fact.when - entry.first).abs() < FOLD
        };
        if let Some(entry) = self.entries.iter_mut().rev().take(FOLD_REACH).find(same) {
            let entry = Arc::make_mut(entry);
            entry.last = entry.last.max(fact.when);
            entry.lines += 1;
            entry.failures += u64::from(!fact.twin);
            entry.retry_in = fact.retry_in.or(entry.retry_in);
            return;
        }
        let entry = Arc::new(JournalEntry {
            id: self.next_id,
            first: fact.when,
            last: fact.when,
            worker: Arc::clone(&fact.worker),
            control_plane,
            severity: reading.severity,
            source: source(),
            activity: fact.activity,
            symptom: fact.symptom,
            resource: fact.resource.clone(),
            retry_in: fact.retry_in,
            message: cut(message).into(),
            lines: 1,
            failures: 1,
        });
        self.next_id += 1;
        // in the order of the journals' clocks: at the start each worker sends its history, one after the other
        let place = self.entries.iter().rposition(|earlier| earlier.first <= entry.first).map_or(0, |index| index + 1);
        self.entries.insert(place, entry);
        if self.entries.len() > ENTRIES_KEPT {
            self.entries.pop_front();
        }
    }

    /// Notes lines that were dropped.
    pub fn dropped(&mut self, worker: &str, lines: u64) {
        let worker = self.worker(worker);
        if let Some(counts) = self.workers.get_mut(&worker) {
            counts.dropped = counts.dropped.saturating_add(lines);
        }
    }

    /// The worker's name, shared.
    fn worker(&mut self, name: &str) -> Arc<str> {
        if let Some((known, _)) = self.workers.get_key_value(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.workers.insert(Arc::clone(&name), WorkerJournal::default());
        name
    }

    /// The entries, newest first.
    pub fn newest_first(&self) -> impl DoubleEndedIterator<Item = &JournalEntry> + ExactSizeIterator {
        self.entries.iter().rev().map(|entry| &**entry)
    }

    /// How many entries have arrived since the start; also the number of the next one.
    pub fn arrived(&self) -> u64 {
        self.next_id
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// One entry, while it is kept.
    pub fn get(&self, id: u64) -> Option<&JournalEntry> {
        self.entries.iter().rev().find(|entry| entry.id == id).map(|entry| &**entry)
    }

    /// Each worker's counts, by name.
    pub fn workers(&self) -> impl Iterator<Item = (&str, &WorkerJournal)> {
        self.workers.iter().map(|(name, counts)| (&**name, counts))
    }

    /// Lines read of all workers.
    pub fn lines(&self) -> u64 {
        self.workers.values().map(|counts| counts.lines).sum()
    }

    /// Lines dropped of all workers.
    pub fn dropped_lines(&self) -> u64 {
        self.workers.values().fold(0, |sum, counts| sum.saturating_add(counts.dropped))
    }
}

/// The part of a message that is kept, cut between characters.
fn cut(message: &str) -> &str {
    let end = (0..=RAW_KEPT.min(message.len())).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
    &message[..end]
}
