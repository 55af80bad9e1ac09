//! The failure ladder: which kinds of failure the kubelets have reported, when first, when last, how often, and who.
//!
//! Lanes overlap. A reading lights the lane of its symptom and that of its activity, so a lease that cannot be renewed
//! because a name does not resolve stands in `dns` and in `lease`.

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
    /// The host is there and the port is closed.
    Refused,
    /// The node's heartbeat is not renewed.
    Lease,
    /// The name of the control plane does not resolve.
    Dns,
    /// The kubelet no longer hears of changes.
    Watch,
    /// No answer in time.
    Timeout,
    /// An open connection broke or fell silent.
    Lost,
    /// Certificate, token or permission.
    Auth,
    /// No way to the host.
    Unreachable,
    /// The API server answers with errors, or asks for patience.
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

    /// The lanes that are always shown; the others stand there where they occur.
    pub const USUAL: [Self; 4] = [Self::Refused, Self::Lease, Self::Dns, Self::Watch];

    /// Its name.
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
            Self::Timeout => "port open, no answer",
            Self::Lost => "connections lost",
            Self::Auth => "401 / 403 or bad certificate",
            Self::Unreachable => "no route to host",
            Self::Server => "5xx or 429",
        }
    }

    /// The lane of a symptom.
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

    /// The lane of an activity.
    pub fn of_activity(activity: Activity) -> Option<Self> {
        match activity {
            Activity::Lease => Some(Self::Lease),
            Activity::Watch => Some(Self::Watch),
            _ => None,
        }
    }
}

/// When a kind of failure was first and last reported, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSpan {
    /// The first line.
    pub first: Time,
    /// The last line.
    pub last: Time,
    /// Lines.
    pub lines: u64,
    /// Failures: the two lines that some versions write about one failure count once.
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

    /// Takes another span in.
    pub fn absorb(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.lines += other.lines;
        self.failures += other.failures;
    }
}

/// One lit lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Over all workers.
    pub span: LaneSpan,
    /// Each worker's share.
    pub by_worker: BTreeMap<Arc<str>, LaneSpan>,
    /// Lines over time, since the outage began.
    pub histogram: Histogram,
}

/// The lanes of one outage; only those that are lit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lanes {
    by_id: BTreeMap<LaneId, Lane>,
}

impl Lanes {
    /// Folds a reading about the control plane into its lanes; `began` is when the outage began.
    pub fn reading(&mut self, began: Time, fact: &JournalFact) {
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

    /// Takes in the lanes of another journal; `began` is when the outage began for both.
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
                        ours.by_worker
                            .entry(Arc::clone(worker))
                            .and_modify(|known| known.absorb(span))
                            .or_insert(*span);
                    }
                }
            }
        }
    }

    /// One lane, if it is lit.
    pub fn get(&self, id: LaneId) -> Option<&Lane> {
        self.by_id.get(&id)
    }

    /// The lit lanes, in the order of the ladder.
    pub fn iter(&self) -> impl Iterator<Item = (LaneId, &Lane)> {
        self.by_id.iter().map(|(id, lane)| (*id, lane))
    }

    /// Whether no lane is lit.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
