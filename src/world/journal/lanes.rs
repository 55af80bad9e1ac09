//! The failure ladder: the kinds of failure that the kubelets reported, each with its first and last time, its count
//! and the share of each worker.
//!
//! Lanes overlap. A line lights the lane of its symptom and the lane of its activity: a lease that can't be renewed
//! because a name does not resolve counts in `dns` and in `lease`.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{fact::JournalFact, histogram::Histogram};
use crate::{
    kubelet::{Activity, Symptom},
    observation::Time,
};

/// One lane of the ladder, in the order in which a stopped control plane lights them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaneId {
    /// Connection refused: the host is there, the port is closed.
    Refused,
    /// Node lease not renewed.
    Lease,
    /// The name of the API server does not resolve.
    Dns,
    /// Watches broken: the kubelet gets no changes.
    Watch,
    /// Timed out without an answer.
    Timeout,
    /// An open connection was reset, closed or lost.
    Lost,
    /// 401, 403, or a certificate that was rejected.
    Auth,
    /// No route to the host.
    Unreachable,
    /// The API server answers 5xx or 429.
    Server,
}

impl LaneId {
    /// Every lane, in the order of the ladder.
    pub const ALL: [Self; 9] = [
        Self::Refused,
        Self::Lease,
        Self::Dns,
        Self::Watch,
        Self::Timeout,
        Self::Lost,
        Self::Auth,
        Self::Unreachable,
        Self::Server,
    ];

    /// The lanes that are always shown; the others are shown only if lit.
    pub const USUAL: [Self; 4] = [Self::Refused, Self::Lease, Self::Dns, Self::Watch];

    /// Name in JSON, on the command line and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Lease => "lease",
            Self::Dns => "dns",
            Self::Watch => "watch",
            Self::Timeout => "timeout",
            Self::Lost => "lost",
            Self::Auth => "auth",
            Self::Unreachable => "unreachable",
            Self::Server => "server",
        }
    }

    /// Meaning of the lane in at most 31 columns; the same on the screen and in the text of `analyze`.
    pub fn caption(self) -> &'static str {
        match self {
            Self::Refused => "port closed, host up",
            Self::Lease => "node lease not renewed",
            Self::Dns => "name no longer resolves",
            Self::Watch => "watches broken, backoff 30-60 s",
            Self::Timeout => "timed out",
            Self::Lost => "connections lost",
            Self::Auth => "401 / 403 or bad certificate",
            Self::Unreachable => "no route to host",
            Self::Server => "5xx or 429",
        }
    }

    /// The lane of a symptom. `None` if the line reports no failure.
    pub fn of_symptom(symptom: Symptom) -> Option<Self> {
        Some(match symptom {
            Symptom::ConnectionRefused => Self::Refused,
            Symptom::DnsFailure => Self::Dns,
            Symptom::Timeout => Self::Timeout,
            Symptom::ConnectionLost => Self::Lost,
            Symptom::TlsOrAuth => Self::Auth,
            Symptom::Unreachable => Self::Unreachable,
            Symptom::ServerError | Symptom::RateLimited => Self::Server,
            Symptom::None => return None,
        })
    }

    /// The lane of an activity. `None` for calls that have none of their own.
    pub fn of_activity(activity: Activity) -> Option<Self> {
        match activity {
            Activity::Lease => Some(Self::Lease),
            Activity::Watch => Some(Self::Watch),
            _ => None,
        }
    }
}

/// First and last line about one kind of failure, and the counts between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSpan {
    /// Time of the first line.
    pub first: Time,
    /// Time of the last line.
    pub last: Time,
    /// Number of lines in it.
    pub lines: u64,
    /// Number of failures: the two lines that some versions write about one failure count once.
    pub failures: u64,
}

impl LaneSpan {
    fn new(at: Time) -> Self {
        Self { first: at, last: at, lines: 0, failures: 0 }
    }

    fn count(&mut self, at: Time, twin: bool) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.lines += 1;
        self.failures += u64::from(!twin);
    }

    /// Extends the span by another and adds its counts.
    pub fn absorb(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.lines += other.lines;
        self.failures += other.failures;
    }
}

/// A lane with at least one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Times and counts over all workers.
    pub span: LaneSpan,
    /// Times and counts of each worker, by name.
    pub by_worker: BTreeMap<Arc<str>, LaneSpan>,
    /// Number of lines over time since the outage began.
    pub histogram: Histogram,
}

/// The lit lanes of one outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lanes {
    by_id: BTreeMap<LaneId, Lane>,
}

impl Lanes {
    /// Adds a line to its lanes. `began` is the beginning of the outage.
    pub fn add_journal_line(&mut self, began: Time, fact: &JournalFact) {
        let symptom = LaneId::of_symptom(fact.symptom);
        let activity = LaneId::of_activity(fact.activity);
        for id in symptom.into_iter().chain(activity) {
            let lane = self.by_id.entry(id).or_insert_with(|| Lane {
                span: LaneSpan::new(fact.when),
                by_worker: BTreeMap::new(),
                histogram: Histogram::new(began),
            });
            lane.span.count(fact.when, fact.twin);
            lane.histogram.count(fact.when);
            match lane.by_worker.get_mut(&fact.worker) {
                Some(span) => span.count(fact.when, fact.twin),
                None => {
                    let mut span = LaneSpan::new(fact.when);
                    span.count(fact.when, fact.twin);
                    lane.by_worker.insert(Arc::clone(&fact.worker), span);
                }
            }
        }
    }

    /// Adds the lanes of another journal. `began` is the beginning of the joined outage.
    pub fn absorb(&mut self, began: Time, other: &Self) {
        for lane in self.by_id.values_mut() {
            lane.histogram = lane.histogram.joined(began, None);
        }
        for (id, theirs) in &other.by_id {
            match self.by_id.get_mut(id) {
                None => {
                    let histogram = theirs.histogram.joined(began, None);
                    self.by_id.insert(*id, Lane { histogram, ..theirs.clone() });
                }
                Some(ours) => {
                    ours.span.absorb(&theirs.span);
                    ours.histogram = ours.histogram.joined(began, Some(&theirs.histogram));
                    for (worker, span) in &theirs.by_worker {
                        ours.by_worker.entry(Arc::clone(worker)).and_modify(|own| own.absorb(span)).or_insert(*span);
                    }
                }
            }
        }
    }

    /// The lane `id`. `None` if it is not lit.
    pub fn get(&self, id: LaneId) -> Option<&Lane> {
        self.by_id.get(&id)
    }

    /// The lit lanes, in the order of the ladder.
    pub fn iter(&self) -> impl Iterator<Item = (LaneId, &Lane)> {
        self.by_id.iter().map(|(id, lane)| (*id, lane))
    }

    /// True if no lane is lit.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
