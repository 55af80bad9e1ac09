//! What the lines of one input come to: the half of the work that goes line by line, in order.
//!
//! It gives each finding its time, its worker and its place in an outage. The outages are those of the world (`world/outages.rs`), one list
//! for each worker, so that no worker's silence ends another's outage and no order of files matters; `story.rs` joins them. It depends on
//! findings alone: how the input was cut into chunks cannot be seen here.

use std::{collections::VecDeque, sync::Arc};

use chrono::{FixedOffset, Offset as _, Utc};

use super::{
    digest::{Digest, Finding, whole_entry},
    extent::Extent,
    filter::{Filter, Verdict},
    kinds::Kinds,
};
use crate::{
    kubelet::{Activity, DuplicateFilter, TimeResolver, VersionClues, YearHint},
    observation::Time,
    world::{JournalFact, LaneId, Outages},
};

/// Outages kept for each worker; of the ones before them only the sums are.
const OUTAGES: usize = 500;

/// Workers told apart.
const WORKERS: usize = 1_000;

/// Lines kept as evidence.
const EXCERPTS: usize = 4_000;

/// Bytes kept of a line that is evidence.
const EXCERPT: usize = 600;

/// A line that first told of a symptom in an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) at: Time,
    pub(super) worker: Arc<str>,
    pub(super) lane: LaneId,
    /// Its number in its input, from 1.
    pub(super) line: u64,
    /// Its message; untrusted.
    pub(super) message: Box<str>,
}

/// What one worker's lines come to.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) name: Arc<str>,
    pub(super) outages: Outages,
    pub(super) clues: VersionClues,
    twins: DuplicateFilter,
    /// A line of each kind, with its worker; only the time changes.
    seens: Vec<Option<JournalFact>>,
    /// Which symptoms of its present outage have their excerpt.
    excerpted: (u64, u16),
}

/// What one input comes to.
#[derive(Debug)]
pub(super) struct Ledger {
    calendar: TimeResolver,
    /// The worker of lines that name no host.
    fallback: Arc<str>,
    pub(super) workers: Vec<Worker>,
    /// The worker of the line before.
    current: Option<usize>,
    pub(super) lines: u64,
    pub(super) control_plane: u64,
    pub(super) failures: u64,
    /// Lines about another trouble, by activity.
    pub(super) asides: [u64; Activity::ALL.len()],
    pub(super) excerpts: VecDeque<Excerpt>,
    /// The first and the last time seen on any line.
    pub(super) reach: Option<(Time, Time)>,
    /// The first zone that a line named.
    pub(super) zone: Option<FixedOffset>,
    pub(super) is_journal: bool,
    /// Lines before the present chunk.
    before: u64,
    verdict: Verdict,
    /// What there is, where a filter is given.
    pub(super) extent: Extent,
}

impl Ledger {
    pub(super) fn new(hint: YearHint, fallback: Arc<str>) -> Self {
        Self {
            calendar: TimeResolver::new(hint),
            fallback,
            workers: Vec::new(),
            current: None,
            lines: 0,
            control_plane: 0,
            failures: 0,
            asides: [0; Activity::ALL.len()],
            excerpts: VecDeque::new(),
            reach: None,
            zone: None,
            is_journal: false,
            before: 0,
            verdict: Verdict::default(),
            extent: Extent::default(),
        }
    }

    /// Lines read so far.
    pub(super) fn read(&self) -> u64 {
        self.before
    }

    /// Folds a digest, the next one after those before it. `bytes` are those of its chunk.
    pub(super) fn fold(&mut self, digest: &Digest, bytes: &[u8], filter: &Filter, kinds: &Kinds) {
        self.is_journal |= digest.is_journal;
        let filter = Some(filter).filter(|filter| !filter.is_open());
        if filter.is_none() {
            self.lines += digest.lines;
        }
        let mut hosts: Vec<Option<usize>> = vec![None; digest.hosts.len()];
        for finding in &digest.findings {
            if let Some(host) = finding.host {
                let slot = &mut hosts[host as usize];
                let worker = *slot.get_or_insert_with(|| worker(&mut self.workers, &digest.hosts[host as usize]));
                self.current = Some(worker);
            }
            self.finding(finding, bytes, filter, kinds);
        }
        self.before += digest.lines;
    }

    fn finding(&mut self, finding: &Finding, bytes: &[u8], filter: Option<&Filter>, kinds: &Kinds) {
        let moment = self.calendar.resolve(finding.stamp.as_ref(), finding.written);
        let when = moment.map(|moment| {
            if self.zone.is_none()
                && let (Some(utc), Some(_)) = (moment.utc, finding.stamp.and_then(|stamp| stamp.offset))
            {
                let east = (moment.local - utc.naive_utc()).num_seconds();
                self.zone = FixedOffset::east_opt(east as i32).or(Some(Utc.fix()));
            }
            moment.utc.unwrap_or_else(|| moment.local.and_utc())
        });
        let made = &finding.made;
        if let Some(filter) = filter {
            let kind = kinds.get(made.kind);
            let name = self.current.map_or(&self.fallback, |index| &self.workers[index].name);
            let name = Arc::clone(name);
            let control_plane = made.alone.control_plane;
            self.extent.add(&name, moment, kind.activity, kind.symptom, control_plane);
            if !filter.takes(&mut self.verdict, moment, &name, kind.activity, kind.symptom, control_plane) {
                return;
            }
            self.lines += 1;
            self.extent.taken += 1;
        }
        if let Some(when) = when {
            let (first, last) = self.reach.unwrap_or((when, when));
            self.reach = Some((first.min(when), last.max(when)));
        }
        if !made.alone.control_plane {
            if finding.speaks && made.trouble {
                self.asides[made.activity as usize] += 1;
            }
            if let Some((minors, index)) = made.minors.zip(self.current) {
                self.workers[index].clues.add_clue(minors);
            }
            return;
        }
        let index = self.current.unwrap_or_else(|| worker(&mut self.workers, &self.fallback));
        self.current = Some(index);
        self.control_plane += 1;
        let number = self.before + u64::from(finding.line) + 1;
        let worker = &mut self.workers[index];
        let twin = made
            .twin
            .zip(finding.written.axis_micros())
            .is_some_and(|((key, stage), at)| worker.twins.is_duplicate_of(key, stage, at));
        self.failures += u64::from(!twin);
        if let Some(minors) = made.minors {
            worker.clues.add_clue(minors);
        }
        // a line without any time has no place in a story
        let Some(when) = when.or(self.reach.map(|(_, last)| last)) else { return };
        let lane = worker.reading(when, twin, finding, kinds);
        if let Some(lane) = lane {
            let entry = whole_entry(&bytes[finding.at.clone()]);
            let cut = entry.message.floor_char_boundary(EXCERPT);
            self.excerpts.push_back(Excerpt {
                at: when,
                worker: Arc::clone(&worker.name),
                lane,
                line: number,
                message: entry.message[..cut].into(),
            });
            if self.excerpts.len() > EXCERPTS {
                self.excerpts.pop_front();
            }
        }
    }
}

impl Worker {
    fn new(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            outages: Outages::keeping(OUTAGES),
            clues: VersionClues::default(),
            twins: DuplicateFilter::default(),
            seens: Vec::new(),
            excerpted: (0, 0),
        }
    }

    /// Folds a line into its outage; gives back the symptom that it is the first to tell of there.
    fn reading(&mut self, when: Time, twin: bool, finding: &Finding, kinds: &Kinds) -> Option<LaneId> {
        let index = finding.made.kind.index();
        if self.seens.len() <= index {
            self.seens.resize(index + 1, None);
        }
        let name = &self.name;
        let seen = self.seens[index].get_or_insert_with(|| {
            let kind = kinds.get(finding.made.kind);
            JournalFact {
                when,
                worker: Arc::clone(name),
                activity: kind.activity,
                symptom: kind.symptom,
                resource: kind.resource.clone(),
                retry_in: kind.retry_in,
                twin,
                nuance: kind.nuance,
            }
        });
        seen.when = when;
        seen.twin = twin;
        self.outages.reading(seen);
        let lane = LaneId::of_symptom(seen.symptom)?;
        let past = self.outages.past().len() as u64 + self.outages.forgotten();
        if self.excerpted.0 != past {
            self.excerpted = (past, 0);
        }
        let bit = 1 << lane as u16;
        let fresh = self.excerpted.1 & bit == 0;
        self.excerpted.1 |= bit;
        fresh.then_some(lane)
    }
}

/// The place of a worker among the workers; the last one takes in those that are too many.
fn worker(workers: &mut Vec<Worker>, name: &str) -> usize {
    if let Some(known) = workers.iter().position(|worker| *worker.name == *name) {
        return known;
    }
    if workers.len() == WORKERS {
        return WORKERS - 1;
    }
    workers.push(Worker::new(name));
    workers.len() - 1
}
