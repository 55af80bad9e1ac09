//! The supervisor: injects faults, remembers them, and undoes them, in a guard process or inside the dashboard.
//!
//! From the moment at which the intent is on disk, the control plane is restored when the dashboard is gone, when the
//! deadline of the wall clock has passed, or when the operator asks for it. At most one request that changes the
//! container is in progress. Ends when nothing is outstanding any more. Draws nothing, and knows no process or pipe.

mod claim_check;
mod faults;
mod intent_store;
mod restores;
mod state;

use std::{path::PathBuf, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinError, JoinSet},
    time::{Interval, MissedTickBehavior, interval},
};

use self::state::{Activity, FaultRequest, JobResult, Lifecycle, LockState};
use super::{
    protocol::{Assignment, GuardReport, GuardRequest},
    report_sender::ReportSender,
    restore::{RestoreTrigger, timing::MAX_BACKOFF},
};
use crate::{
    clock::Clock,
    fault::FaultInjector,
    observation::{FaultAction, OperatorPhase, Time},
    source::access::CredentialCache,
};

pub use self::state::{RestorePolicy, Supervisor};

/// Interval between two comparisons of the wall clock with the deadline and of the container with the claim.
const TICK: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Creates a supervisor for `assignment`. Intents are written to `folder`; `wall` is the wall clock, which a sleep
    /// of the machine moves forward.
    pub fn new(
        fault: FaultInjector,
        assignment: Assignment,
        policy: RestorePolicy,
        folder: Option<PathBuf>,
        wall: fn() -> Time,
        reports: mpsc::Sender<GuardReport>,
    ) -> Self {
        Self {
            fault,
            assignment,
            policy,
            folder,
            wall,
            clock: Clock::start(),
            credentials: CredentialCache::default(),
            reports: ReportSender::new(reports),
            lock: LockState::Free,
            claim: None,
            activity: Activity::Idle,
            lifecycle: Lifecycle::Serving,
            jobs: JoinSet::new(),
            fault_pending: watch::Sender::new(false),
        }
    }

    /// Serves `requests` until nothing is outstanding and no request can follow. Returns whether nothing is left to be
    /// restored.
    pub async fn run(mut self, mut requests: mpsc::Receiver<GuardRequest>) -> bool {
        let ready = self.take_lock().await;
        self.reports.send(ready);
        let mut ticks = ticks();
        while !self.is_over() {
            tokio::select! {
                biased;
                request = requests.recv(), if self.lifecycle != Lifecycle::DashboardGone => match request {
                    Some(request) => self.handle_request(request).await,
                    None => self.handle_dashboard_gone(),
                },
                Some(ended) = self.jobs.join_next_with_id() => match ended {
                    Ok((id, result)) => self.handle_job_result(id, result).await,
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => self.handle_panicked_job(&error).await,
                },
                _ = ticks.tick() => self.handle_tick(),
            }
        }
        self.claim.is_none()
    }

    fn is_over(&self) -> bool {
        self.activity.is_idle() && self.lifecycle != Lifecycle::Serving
    }

    async fn handle_request(&mut self, request: GuardRequest) {
        match request {
            // the assignment was received before the loop
            GuardRequest::Watch(_) => {}
            GuardRequest::Fault { action, container, without_intent } => {
                self.start_fault(FaultRequest { action, container, without_intent });
            }
            GuardRequest::Restore { container } => self.start_restore(container, RestoreTrigger::Operator),
            GuardRequest::Adopt { intent, known } => self.adopt(*intent, known),
            GuardRequest::Release => self.release().await,
        }
    }

    async fn handle_job_result(&mut self, id: Id, result: JobResult) {
        match result {
            JobResult::Prepared(request, prepared) => self.handle_prepared(&request, prepared).await,
            JobResult::Injected(result) => self.handle_injected(result.map_err(Some)).await,
            JobResult::Restored(container, result) => self.handle_restored(&container, result).await,
            JobResult::Inspected(result) => {
                // a fault or a restore may have begun since
                if self.activity.is_inspection(id) {
                    self.activity = Activity::Idle;
                    self.handle_inspected(result).await;
                }
            }
        }
    }

    /// Whatever is outstanding stays so, and is inspected again.
    async fn handle_panicked_job(&mut self, error: &JoinError) {
        if self.activity.is_restore(error.id()) {
            self.activity.leave_restore();
            self.handle_panicked_restore();
        } else if self.activity.is_inspection(error.id()) {
            self.activity = Activity::Idle;
        } else {
            self.handle_injected(Err(None)).await;
        }
    }

    fn handle_panicked_restore(&mut self) {
        if let Some(claim) = &mut self.claim {
            // it may have started the container
            claim.intent.started_at = None;
            let container = claim.intent.container.clone();
            self.start_restore_after(MAX_BACKOFF, container, RestoreTrigger::Automatic);
            return;
        }
        // nothing is outstanding: the operator, who asked for the restore, may ask again
        if let Some(node) = self.assignment.cluster.control_planes().next() {
            let error = "the task that started it crashed; press s again".to_owned();
            self.reports.step(FaultAction::Restore, &node.name, OperatorPhase::Failed { error });
        }
        self.set_settled();
    }

    /// Leaves the control plane as it is, for good.
    async fn release(&mut self) {
        if let Some(job) = self.activity.leave_restore() {
            job.abort();
        }
        self.activity = Activity::Idle;
        self.lifecycle = Lifecycle::DashboardGone;
        let released = self.claim.as_ref().map(|claim| format!("{} is left as it is", claim.intent.container));
        self.settle(&released.unwrap_or_else(|| "nothing was outstanding".to_owned())).await;
    }

    /// Restores what is outstanding, unless the policy is to leave it or the dashboard was never told of it.
    fn handle_dashboard_gone(&mut self) {
        self.lifecycle = Lifecycle::DashboardGone;
        match &self.claim {
            Some(claim) if self.policy == RestorePolicy::Restore && claim.known_to_dashboard => {
                self.start_restore(claim.intent.container.clone(), RestoreTrigger::Automatic);
            }
            _ => self.claim = None,
        }
    }

    /// Marks that nothing is outstanding any more.
    fn set_settled(&mut self) {
        if self.lifecycle == Lifecycle::Serving {
            self.lifecycle = Lifecycle::Settled;
        }
    }
}

/// Ticks every [`TICK`]; after a sleep of the machine the missed ticks come as one.
fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
