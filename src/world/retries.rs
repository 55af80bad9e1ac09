//! Retry loops: the tries of one activity for one resource on one worker, and the gaps between them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use chrono::Duration;

use super::journal::Seen;
use crate::{
    kubelet::{Activity, Symptom},
    observation::Time,
};

/// Gaps kept for each loop; enough for an hour of leases at their 7 s cap.
pub const KEPT: usize = 512;

/// Lines closer together than this are one try: the five attempts that a kubelet makes without a pause, and twins.
const ONE_TRY: Duration = Duration::milliseconds(100);

/// Whose retries they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoopId {
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
    /// The newest gaps from one try to the next, oldest first; at most [`KEPT`].
    pub gaps: VecDeque<Duration>,
    /// The longest gap.
    pub longest: Duration,
    /// The wait that the newest line announced, where it did.
    pub announced: Option<Duration>,
}

/// The retry loops of one outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retries {
    loops: BTreeMap<LoopId, RetryLoop>,
}

impl Retries {
    /// Folds a reading about the control plane.
    pub fn reading(&mut self, seen: &Seen) {
        // a summary ("exceeds retry count") is no try of its own
        if seen.symptom == Symptom::None {
            return;
        }
        let id = LoopId { worker: Arc::clone(&seen.worker), activity: seen.activity, resource: seen.resource.clone() };
        let announced = seen.retry_in;
        match self.loops.get_mut(&id) {
            None => {
                self.loops.insert(
                    id,
                    RetryLoop {
                        first: seen.when,
                        last: seen.when,
                        tries: 1,
                        gaps: VecDeque::new(),
                        longest: Duration::zero(),
                        announced,
                    },
                );
            }
            Some(known) => {
                let gap = seen.when - known.last;
                if gap < ONE_TRY {
                    known.announced = announced.or(known.announced);
                    return;
                }
                known.tries += 1;
                known.last = seen.when;
                known.longest = known.longest.max(gap);
                known.announced = announced;
                known.gaps.push_back(gap);
                if known.gaps.len() > KEPT {
                    known.gaps.pop_front();
                }
            }
        }
    }

    /// One loop.
    pub fn get(&self, id: &LoopId) -> Option<&RetryLoop> {
        self.loops.get(id)
    }

    /// All loops, by worker, activity and resource.
    pub fn iter(&self) -> impl Iterator<Item = (&LoopId, &RetryLoop)> {
        self.loops.iter()
    }
}
