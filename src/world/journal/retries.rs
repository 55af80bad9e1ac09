//! Retry loops: the tries of one activity for one resource on one worker, and the gaps between them.
//!
//! Gaps are measured, waits are announced by a line; neither is derived from the other. The backoff that the kubelet
//! promises is in [`crate::kubelet::RetrySchedule`].

use std::{cmp::Ordering, collections::VecDeque, sync::Arc};

use chrono::Duration;

use super::fact::JournalFact;
use crate::{
    kubelet::{Activity, Symptom},
    observation::Time,
    world::outage::timing::JOURNAL_GAP,
};

/// Gaps kept for each loop: an hour of lease retries, which are 7 s apart at most.
pub const GAPS_KEPT: usize = 512;

/// Loops kept for each outage; a worker has a dozen. Further loops are not followed.
const LOOPS: usize = 2_048;

/// Lines closer together than this are one try: a kubelet reports its node's status five times without a pause
/// (`nodeStatusUpdateRetry`), and older versions write two lines about one failure.
const ONE_TRY: Duration = Duration::milliseconds(100);

/// Worker, activity and resource of a retry loop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryLoopId {
    /// The worker whose kubelet retries.
    pub worker: Arc<str>,
    /// The call that is retried.
    pub activity: Activity,
    /// The object or resource of the call. `None` if the lines do not name it.
    pub resource: Option<Arc<str>>,
}

/// The tries and gaps of one retry loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryLoop {
    /// Time of the first try.
    pub first: Time,
    /// Time of the first line of the newest try.
    pub last: Time,
    /// Number of tries so far.
    pub tries: u64,
    /// Gaps between the newest tries, oldest first; at most [`GAPS_KEPT`].
    pub gaps: VecDeque<Duration>,
    /// Longest gap; zero before the second try.
    pub longest: Duration,
    /// Wait that the newest try announced. `None` if it announced none.
    pub announced: Option<Duration>,
    /// Shortest wait that a line announced. `None` if none did.
    pub shortest_wait: Option<Duration>,
    /// Wait that the very first line announced. `None` if it announced none.
    pub first_wait: Option<Duration>,
}

impl RetryLoop {
    fn new(fact: &JournalFact) -> Self {
        Self {
            first: fact.when,
            last: fact.when,
            tries: 1,
            gaps: VecDeque::new(),
            longest: Duration::zero(),
            announced: fact.retry_in,
            shortest_wait: fact.retry_in,
            first_wait: fact.retry_in,
        }
    }

    fn add_journal_line(&mut self, fact: &JournalFact) {
        self.shortest_wait = shorter(self.shortest_wait, fact.retry_in);
        let gap = fact.when - self.last;
        if gap < ONE_TRY {
            self.announced = fact.retry_in.or(self.announced);
            return;
        }
        self.tries += 1;
        self.last = fact.when;
        self.announced = fact.retry_in;
        self.add_gap(gap);
    }

    fn add_gap(&mut self, gap: Duration) {
        self.longest = self.longest.max(gap);
        if self.gaps.len() == GAPS_KEPT {
            self.gaps.pop_front();
        }
        self.gaps.push_back(gap);
    }

    /// Adds the tries of the same loop from another journal of the same worker, earlier or later.
    fn absorb(&mut self, other: &Self) {
        let (mut early, late) = if other.first < self.first { (other.clone(), &*self) } else { (self.clone(), other) };
        let between = late.first - early.last;
        // close together they are one try, far apart the loops of two outages
        let one_try = between >= Duration::zero() && between < ONE_TRY;
        if between >= ONE_TRY && between <= JOURNAL_GAP {
            early.add_gap(between);
        }
        for (index, gap) in late.gaps.iter().enumerate() {
            early.add_gap(if one_try && index == 0 { *gap + between } else { *gap });
        }
        early.tries += late.tries - u64::from(one_try);
        early.last = early.last.max(late.last);
        early.longest = early.longest.max(late.longest);
        early.announced = late.announced;
        early.shortest_wait = shorter(early.shortest_wait, late.shortest_wait);
        *self = early;
    }
}

/// The shorter of two waits. `None` if there is none.
fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    a.into_iter().chain(b).min()
}

/// The retry loops of one outage, ordered by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retries {
    loops: Vec<(RetryLoopId, RetryLoop)>,
}

/// Compares shared names; most are equal because they are the same allocation.
fn compare_shared(a: &Arc<str>, b: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) }
}

impl Retries {
    /// Adds a line about the control plane to its loop.
    pub fn add_journal_line(&mut self, fact: &JournalFact) {
        // a summary, such as "exceeds retry count", is no try of its own
        if fact.symptom == Symptom::None {
            return;
        }
        match self.find(&fact.worker, fact.activity, fact.resource.as_ref()) {
            Ok(index) => self.loops[index].1.add_journal_line(fact),
            Err(index) if self.loops.len() < LOOPS => {
                let id = RetryLoopId {
                    worker: Arc::clone(&fact.worker),
                    activity: fact.activity,
                    resource: fact.resource.clone(),
                };
                self.loops.insert(index, (id, RetryLoop::new(fact)));
            }
            Err(_) => {}
        }
    }

    fn find(&self, worker: &Arc<str>, activity: Activity, resource: Option<&Arc<str>>) -> Result<usize, usize> {
        self.loops.binary_search_by(|(id, _)| {
            compare_shared(&id.worker, worker).then_with(|| id.activity.cmp(&activity)).then_with(|| {
                match (id.resource.as_ref(), resource) {
                    (Some(ours), Some(theirs)) => compare_shared(ours, theirs),
                    (ours, theirs) => ours.cmp(&theirs),
                }
            })
        })
    }

    /// Adds the loops of another journal.
    pub fn absorb(&mut self, other: &Self) {
        for (id, theirs) in &other.loops {
            match self.find(&id.worker, id.activity, id.resource.as_ref()) {
                Ok(index) => self.loops[index].1.absorb(theirs),
                Err(index) if self.loops.len() < LOOPS => self.loops.insert(index, (id.clone(), theirs.clone())),
                Err(_) => {}
            }
        }
    }

    /// All loops, ordered by worker, activity and resource.
    pub fn iter(&self) -> impl Iterator<Item = (&RetryLoopId, &RetryLoop)> {
        self.loops.iter().map(|(id, retries)| (id, retries))
    }
}
