//! The list of the kubelets' lines, folded so that a person can follow it.
//!
//! Lines of one kind from one worker within 1.5 s are one entry with a count (a kubelet tries five times in 2 ms, and
//! older versions write two lines about one failure). The list is ordered by the journals' clocks and bounded; the
//! counts of dropped entries stay in [`WorkerJournal`].

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

/// Entries kept: about an hour of an outage on three workers.
pub const ENTRIES_KEPT: usize = 3_000;

/// Time from the first line of an entry within which lines of its kind are folded into it. The two lines about one
/// failure and the five tries without a pause come well within it; the next retry of a loop does not.
const FOLD: Duration = Duration::milliseconds(1_500);

/// Newest entries that are searched for the one that a line belongs to; lines of other workers stand in between.
const FOLD_REACH: usize = 24;

/// Bytes of a message kept for the detail view.
const MESSAGE_BYTES: usize = 4_096;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Number of the entry in the order of arrival, from 0; stable while the list moves.
    pub id: u64,
    /// Time at which its first line was written, by the journal's clock.
    pub first: Time,
    /// Time at which its newest line was written.
    pub last: Time,
    /// The worker whose kubelet wrote it.
    pub worker: Arc<str>,
    /// True if it is about the control plane.
    pub control_plane: bool,
    /// Severity of its first line. `None` if that has no klog header.
    pub severity: Option<Severity>,
    /// `file.go:line` of its first line. `None` if the line does not name it.
    pub source: Option<Arc<str>>,
    /// The call that the kubelet made.
    pub activity: Activity,
    /// The way in which the call failed.
    pub symptom: Symptom,
    /// The object or resource of the call. `None` if the line does not name it.
    pub resource: Option<Arc<str>>,
    /// Wait until the next try, by the newest line that announces it. `None` if none does.
    pub retry_in: Option<Duration>,
    /// Message of its first line, up to 4 KiB; untrusted.
    pub message: Box<str>,
    /// Number of lines folded into it.
    pub lines: u64,
    /// Number of failures: two lines about one failure count once.
    pub failures: u64,
}

/// Counts of one worker's journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerJournal {
    /// Number of lines read.
    pub lines: u64,
    /// Number of lines about the control plane.
    pub control_plane: u64,
    /// Number of lines dropped because they arrived faster than they could be folded.
    pub dropped: u64,
    /// Time at which its newest line was written. `None` before the first one.
    pub last: Option<Time>,
    duplicates: kubelet::DuplicateFilter,
    times: Option<kubelet::TimeResolver>,
}

impl WorkerJournal {
    /// The resolver that gives a year to lines that have none: no line of a session is newer than the day after its
    /// start.
    fn times(&mut self, started: Time) -> &mut kubelet::TimeResolver {
        let tomorrow = started.date_naive() + Duration::days(1);
        self.times.get_or_insert_with(|| kubelet::TimeResolver::new(kubelet::YearHint::NotAfter(tomorrow)))
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
    /// Adds one line that arrived at `at`. Returns `None` if it is not about the control plane.
    pub fn add_line(&mut self, at: Time, started: Time, line: &JournalLine) -> Option<JournalFact> {
        let worker = self.worker(&line.worker);
        let counts = self.workers.get_mut(&worker)?;
        counts.lines += 1;
        let entry = kubelet::entry(line.line.as_bytes());
        let record = kubelet::record(&entry.message);
        let reading = kubelet::read(&record);
        let moment = counts.times(started).resolve(entry.timestamp.as_ref(), record.time());
        // a time without a zone is the node's, and a kind node's clock is UTC
        let when = moment.map_or(at, |moment| moment.utc.unwrap_or_else(|| moment.local.and_utc()));
        let twin = reading.control_plane
            && kubelet::DuplicateKey::of(&reading)
                .zip(reading.stage)
                .zip(record.time().axis_micros())
                .is_some_and(|((key, stage), at)| counts.duplicates.is_duplicate_of(key, stage, at));
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
            error_detail: kubelet::error_detail(&record, &reading),
        };
        self.add_entry(&fact, &reading, &entry.message);
        reading.control_plane.then_some(fact)
    }

    /// Adds a line to the newest entry of its kind, or as a new entry.
    fn add_entry(&mut self, fact: &JournalFact, reading: &Reading<'_>, message: &str) {
        let control_plane = reading.control_plane;
        let source = || reading.call_site.as_ref().map(|source| Arc::<str>::from(source.to_string()));
        // a line about anything else has no symptom to go by: its kind is the place in the code that wrote it
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
        // ordered by the journals' clocks: at the start each worker sends its history, one after the other
        let index = self.entries.iter().rposition(|earlier| earlier.first <= entry.first).map_or(0, |index| index + 1);
        self.entries.insert(index, entry);
        if self.entries.len() > ENTRIES_KEPT {
            self.entries.pop_front();
        }
    }

    /// Counts lines of `worker` that were dropped.
    pub fn add_dropped(&mut self, worker: &str, lines: u64) {
        let worker = self.worker(worker);
        if let Some(counts) = self.workers.get_mut(&worker) {
            counts.dropped = counts.dropped.saturating_add(lines);
        }
    }

    /// The shared name of a worker, which gets its counts with its first line.
    fn worker(&mut self, name: &str) -> Arc<str> {
        if let Some((shared, _)) = self.workers.get_key_value(name) {
            return Arc::clone(shared);
        }
        let name: Arc<str> = Arc::from(name);
        self.workers.insert(Arc::clone(&name), WorkerJournal::default());
        name
    }

    /// The entries, newest first.
    pub fn newest_first(&self) -> impl DoubleEndedIterator<Item = &JournalEntry> + ExactSizeIterator {
        self.entries.iter().rev().map(|entry| &**entry)
    }

    /// Number of entries that have arrived since the start, which is the id of the next one.
    pub fn arrived(&self) -> u64 {
        self.next_id
    }

    /// Number of entries kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if no entry is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry with this id. `None` if it is no longer kept.
    pub fn get(&self, id: u64) -> Option<&JournalEntry> {
        self.entries.iter().rev().find(|entry| entry.id == id).map(|entry| &**entry)
    }

    /// The counts of each worker, ordered by name.
    pub fn workers(&self) -> impl Iterator<Item = (&str, &WorkerJournal)> {
        self.workers.iter().map(|(name, counts)| (&**name, counts))
    }

    /// Number of lines read, over all workers.
    pub fn lines(&self) -> u64 {
        self.workers.values().map(|counts| counts.lines).sum()
    }

    /// Number of lines dropped, over all workers.
    pub fn dropped_lines(&self) -> u64 {
        self.workers.values().fold(0, |sum, counts| sum.saturating_add(counts.dropped))
    }
}

/// The beginning of a message, cut at a character.
fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MESSAGE_BYTES)]
}
