//! Retry loops: the tries of one activity for one resource on one worker, and the gaps between them.

use std::{cmp::Ordering, collections::VecDeque, sync::Arc};

use chrono::Duration;

use super::fact::JournalFact;
use crate::{
    kubelet::{Activity, Symptom},
    observation::Time,
    world::outage::timing::JOURNAL_GAP,
};

/// Gaps kept for each loop; enough for an hour of leases at their 7 s cap.
pub const GAPS_KEPT: usize = 512;

/// Loops kept for each outage: a worker has a dozen. What comes later is not followed.
const LOOPS: usize = 2_048;

/// Lines closer together than this are one try: the five attempts that a kubelet makes without a pause, and twins.
const ONE_TRY: Duration = Duration::milliseconds(100);

/// Whose retries they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryLoopId {
    /// The worker.
    pub worker: Arc<str>,
    /// What its kubelet was doing.
    pub activity: Activity,
    /// For what, where the line names it.
    pub resource: Option<Arc<str>>,
}

/// One retry loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryLoop {
    /// The first try.
    pub first: Time,
    /// The start of the newest try.
    pub last: Time,
    /// How many tries.
    pub tries: u64,
    /// The newest gaps from one try to the next, oldest first; at most [`GAPS_KEPT`].
    pub gaps: VecDeque<Duration>,
    /// The longest gap.
    pub longest: Duration,
    /// The wait that the newest line announced, where it did.
    pub announced: Option<Duration>,
    /// The shortest wait that a line announced: the lowest rung of the ladder that was fact.
    pub lowest: Option<Duration>,
    /// The wait that the very first line announced, where it did.
    pub opening: Option<Duration>,
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
            lowest: fact.retry_in,
            opening: fact.retry_in,
        }
    }

    fn reading(&mut self, fact: &JournalFact) {
        self.lowest = shorter(self.lowest, fact.retry_in);
        let gap = fact.when - self.last;
        if gap < ONE_TRY {
            self.announced = fact.retry_in.or(self.announced);
            return;
        }
        self.tries += 1;
        self.last = fact.when;
        self.announced = fact.retry_in;
        self.gap(gap);
    }

    fn gap(&mut self, gap: Duration) {
        self.longest = self.longest.max(gap);
        if self.gaps.len() == GAPS_KEPT {
            self.gaps.pop_front();
        }
        self.gaps.push_back(gap);
    }

    /// Takes in the tries of the same loop from another journal of the same worker, earlier or later.
    fn absorb(&mut self, other: &Self) {
        let (mut early, late) = if other.first < self.first { (other.clone(), &*self) } else { (self.clone(), other) };
        let between = late.first - early.last;
        // close together they are one try, far apart the loops of two outages
        let one_try = between >= Duration::zero() && between < ONE_TRY;
        if between >= ONE_TRY && between <= JOURNAL_GAP {
            early.gap(between);
        }
        for (index, gap) in late.gaps.iter().enumerate() {
            early.gap(if one_try && index == 0 { *gap + between } else { *gap });
        }
        early.tries += late.tries - u64::from(one_try);
        early.last = early.last.max(late.last);
        early.longest = early.longest.max(late.longest);
        early.announced = late.announced;
        early.lowest = shorter(early.lowest, late.lowest);
        *self = early;
    }
}

/// The shorter of two waits, where there are any.
fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    a.into_iter().chain(b).min()
}

/// The retry loops of one outage, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retries {
    loops: Vec<(RetryLoopId, RetryLoop)>,
}

/// Compares names that are shared: most are equal because they are the same.
fn shared(a: &Arc<str>, b: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) }
}

impl Retries {
    /// Folds a reading about the control plane.
    pub fn reading(&mut self, fact: &JournalFact) {
        // a summary ("exceeds retry count") is no try of its own
        if fact.symptom == Symptom::None {
            return;
        }
        match self.find(&fact.worker, fact.activity, fact.resource.as_ref()) {
            Ok(index) => self.loops[index].1.reading(fact),
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
            shared(&id.worker, worker).then_with(|| id.activity.cmp(&activity)).then_with(|| {
                match (id.resource.as_ref(), resource) {
                    (Some(ours), Some(theirs)) => shared(ours, theirs),
                    (ours, theirs) => ours.cmp(&theirs),
                }
            })
        })
    }

    /// Takes in the loops of another journal.
    pub fn absorb(&mut self, other: &Self) {
        for (id, theirs) in &other.loops {
            match self.find(&id.worker, id.activity, id.resource.as_ref()) {
                Ok(index) => self.loops[index].1.absorb(theirs),
                Err(index) if self.loops.len() < LOOPS => self.loops.insert(index, (id.clone(), theirs.clone())),
                Err(_) => {}
            }
        }
    }

    /// One loop.
    pub fn get(&self, id: &RetryLoopId) -> Option<&RetryLoop> {
        let index = self.find(&id.worker, id.activity, id.resource.as_ref()).ok()?;
        Some(&self.loops[index].1)
    }

    /// All loops, by worker, activity and resource.
    pub fn iter(&self) -> impl Iterator<Item = (&RetryLoopId, &RetryLoop)> {
        self.loops.iter().map(|(id, retries)| (id, retries))
    }
}
