//! What a guard does, whatever it runs in: does faults, remembers them, and undoes them.
//!
//! Keeps promise 3: from the moment at which the intent is on disk, the control plane is brought back when the
//! dashboard is gone, when the deadline of the wall clock has passed, or when somebody asks. At most one request that
//! changes the container is under way, but for a restore that waits for the end of a stop. Ends when nothing is
//! outstanding any more. Draws nothing and knows nothing of processes and pipes.

mod disk;
mod faults;
mod outstanding;
mod restores;

use std::{path::PathBuf, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, JoinSet},
    time::{Instant, Interval, MissedTickBehavior, interval},
};

use super::{
    Assignment, GuardReport, GuardRequest, Intent, IntentError, IntentLock,
    claim_state::ClaimState,
    restore::{LONGEST_WAIT, RestoreError, RestoreOutcome},
};
use crate::{
    clock::Clock,
    fault::{FaultError, FaultInjector},
    observation::{FaultAction, OperatorPhase, OperatorStep, Time},
    source::access::CredentialCache,
};

/// Between two looks at the clock and the container.
const TICK: Duration = Duration::from_secs(1);

/// How long the disk may take to write an intent; then the operator is asked instead.
const DISK: Duration = Duration::from_secs(3);

/// How often the lock is tried, and the wait between two tries.
const LOCK_TRIES: u32 = 5;
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// Sends reports without ever waiting: a dashboard that does not read must not hold up a restore.
#[derive(Debug, Clone)]
pub(super) struct ReportSender(pub(super) mpsc::Sender<GuardReport>);

impl ReportSender {
    pub(super) fn send(&self, report: GuardReport) {
        let _unread = self.0.try_send(report);
    }

    pub(super) fn step(&self, deed: FaultAction, container: &str, phase: OperatorPhase) {
        self.send(GuardReport::Step(OperatorStep { action: deed, container: container.to_owned(), phase }));
    }

    fn notice(&self, text: impl Into<String>) {
        self.send(GuardReport::Notice { text: text.into() });
    }
}

/// What a supervisor may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestorePolicy {
    /// Brings the control plane back when the dashboard is gone or the deadline has passed.
    Restore,
    /// Leaves it as it is (`--leave`): no intent, no deadline, nothing on the way out.
    Leave,
}

/// The fault that is to be undone, and how certain it is that it happened.
#[derive(Debug)]
struct FaultClaim {
    intent: Intent,
    status: FaultStatus,
    /// Whether the dashboard knows of it, or the fault is this guard's own.
    reported: bool,
    /// Since when the engine has said, without an error between, that the container is well.
    well_since: Option<Instant>,
    /// Since when the engine has said, without another answer between, that the container is not there.
    gone_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultStatus {
    /// The engine has been asked and has not answered yet.
    Requested,
    /// The engine's answer is missing: the fault may still come.
    Unanswered,
    /// The engine has failed, and said so; the fault may come all the same.
    Failed,
    /// An earlier run asked for it.
    Adopted,
    /// It has happened.
    Confirmed,
}

/// A piece of work that has ended.
enum JobResult {
    /// The intent was written, or not.
    Prepared(FaultAction, String, Result<(Intent, Option<IntentLock>), PrepareError>),
    Fault(Result<(), FaultError>),
    /// The restore of the container of this name.
    Restored(String, Result<RestoreOutcome, RestoreError>),
    /// How the container is beside the fault, and whether it runs.
    Inspected(Result<(ClaimState, bool), FaultError>),
}

#[derive(Debug, thiserror::Error)]
enum PrepareError {
    #[error(transparent)]
    Fault(#[from] FaultError),
    #[error(transparent)]
    Intent(#[from] IntentError),
}

/// Watches over one control plane.
#[derive(Debug)]
pub struct Supervisor {
    fault: FaultInjector,
    assignment: Assignment,
    duty: RestorePolicy,
    folder: Option<PathBuf>,
    wall: fn() -> Time,
    clock: Clock,
    credentials: CredentialCache,
    reporter: ReportSender,
    lock: Option<IntentLock>,
    /// Whether another guard holds the lock.
    watched: bool,
    claim: Option<FaultClaim>,
    /// A fault that failed and may come all the same, while another try of it is under way.
    earlier: Option<FaultClaim>,
    work: JoinSet<JobResult>,
    /// Whether a fault is prepared or under way.
    fault_under_way: bool,
    restoring: Option<tokio::task::AbortHandle>,
    /// Whether the fault may still come that a restore under way undoes.
    fault_pending: watch::Sender<bool>,
    looking: bool,
    /// Whether the dashboard is gone, or has released its claim.
    alone: bool,
    settled: bool,
}

impl Supervisor {
    /// Makes a supervisor for `assignment`. Intents go to `folder`, if there is one; `wall` is the wall clock, which a
    /// sleep of the machine moves on.
    pub fn new(
        fault: FaultInjector,
        assignment: Assignment,
        duty: RestorePolicy,
        folder: Option<PathBuf>,
        wall: fn() -> Time,
        reports: mpsc::Sender<GuardReport>,
    ) -> Self {
        Self {
            fault,
            assignment,
            duty,
            folder,
            wall,
            clock: Clock::start(),
            credentials: CredentialCache::default(),
            reporter: ReportSender(reports),
            lock: None,
            watched: false,
            claim: None,
            earlier: None,
            work: JoinSet::new(),
            fault_under_way: false,
            restoring: None,
            fault_pending: watch::Sender::new(false),
            looking: false,
            alone: false,
            settled: false,
        }
    }

    /// Serves `requests` until nothing is outstanding and nobody can ask for more. Returns whether nothing is left to
    /// be brought back.
    pub async fn run(mut self, mut requests: mpsc::Receiver<GuardRequest>) -> bool {
        let ready = self.take_lock().await;
        self.reporter.send(ready);
        let mut ticks = ticks();
        while !self.is_over() {
            tokio::select! {
                biased;
                request = requests.recv(), if !self.alone => match request {
                    Some(request) => self.serve(request).await,
                    None => self.dashboard_gone(),
                },
                Some(ended) = self.work.join_next() => self.ended(ended).await,
                _ = ticks.tick() => self.tick(),
            }
        }
        self.claim.is_none()
    }

    fn is_over(&self) -> bool {
        let idle = !self.fault_under_way && self.restoring.is_none();
        idle && (self.settled || self.alone)
    }

    async fn serve(&mut self, request: GuardRequest) {
        match request {
            // the assignment was taken before the loop began
            GuardRequest::Watch(_) => {}
            GuardRequest::Fault { deed, container, without_intent } => {
                self.begin_fault(deed, container, without_intent)
            }
            GuardRequest::Restore { container } => self.start_restore(container, true),
            GuardRequest::Adopt { intent, known } => self.adopt(*intent, known),
            GuardRequest::Release => self.release().await,
        }
    }

    async fn ended(&mut self, ended: Result<JobResult, JoinError>) {
        match ended {
            Ok(JobResult::Prepared(deed, container, prepared)) => {
                self.handle_prepared(deed, &container, prepared).await
            }
            Ok(JobResult::Fault(done)) => self.handle_fault_result(done.map_err(Some)).await,
            Ok(JobResult::Restored(container, brought)) => self.handle_restored(&container, brought).await,
            Ok(JobResult::Inspected(handle_inspected)) => {
                self.looking = false;
                if !self.fault_under_way && self.restoring.is_none() {
                    self.handle_inspected(handle_inspected).await;
                }
            }
            Err(error) if error.is_cancelled() => {}
            // what is outstanding stays so, and is handle_inspected at again
            Err(crashed) => {
                if self.restoring.as_ref().is_some_and(|restoring| restoring.id() == crashed.id()) {
                    self.restoring = None;
                    if let Some(claim) = &mut self.claim {
                        // it may have started the container
                        claim.intent.started_at = None;
                        let container = claim.intent.container.clone();
                        self.start_restore_after(LONGEST_WAIT, container, false);
                    } else if let Some(node) = self.assignment.cluster.control_planes().next() {
                        // nothing is outstanding: the operator, who asked for it, may ask again
                        let error = "the task that started it crashed; press s again".to_owned();
                        self.reporter.step(FaultAction::Restore, &node.name, OperatorPhase::Failed { error });
                        self.settled = true;
                    }
                } else if self.looking {
                    self.looking = false;
                } else if self.fault_under_way {
                    self.handle_fault_result(Err(None)).await;
                }
            }
        }
    }

    async fn release(&mut self) {
        if let Some(restoring) = self.restoring.take() {
            restoring.abort();
        }
        self.alone = true;
        self.fault_under_way = false;
        let released = self.claim.as_ref().map(|claim| format!("{} is left as it is", claim.intent.container));
        self.settle(&released.unwrap_or_else(|| "nothing was outstanding".to_owned())).await;
    }

    fn dashboard_gone(&mut self) {
        self.alone = true;
        if self.duty == RestorePolicy::Leave {
            self.claim = None;
            return;
        }
        match &self.claim {
            // nobody was told of it: it stays on disk for the next start to offer
            Some(claim) if !claim.reported => self.claim = None,
            Some(claim) => self.start_restore(claim.intent.container.clone(), false),
            None => {}
        }
    }
}

/// Ticks once a second from now on; one that was missed, as in a sleep of the machine, comes at once and once.
fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
