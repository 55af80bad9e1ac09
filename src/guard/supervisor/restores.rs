//! Restores: started one at a time, and what follows from their outcome.

use std::time::Duration;

use tokio::time::sleep;

use super::state::{FaultStatus, JobResult, Supervisor};
use crate::{
    guard::restore::{RestoreError, RestoreJob, RestoreOutcome, RestoreTrigger},
    observation::{FaultAction, OperatorPhase},
    source::health::Readiness,
    test_panic,
};

impl Supervisor {
    /// Starts the restore of `container`, unless a restore is in progress.
    pub(super) fn start_restore(&mut self, container: String, trigger: RestoreTrigger) {
        self.start_restore_after(Duration::ZERO, container, trigger);
    }

    /// Starts a restore after a delay: without it a task that panics at once would be restarted without end.
    pub(super) fn start_restore_after(&mut self, delay: Duration, container: String, trigger: RestoreTrigger) {
        if self.activity.is_restoring() {
            return;
        }
        let claim = self.claim.as_ref().filter(|claim| claim.intent.container == container);
        let pending = claim.is_some_and(|claim| claim.status != FaultStatus::Confirmed);
        self.fault_pending.send_replace(pending);
        let job = RestoreJob {
            fault: self.fault.clone(),
            cluster: self.assignment.cluster.clone(),
            access: self.assignment.access.clone(),
            credentials: self.credentials.clone(),
            clock: self.clock,
            reports: self.reports.clone(),
            container: container.clone(),
            trigger,
            intent: claim.map(|claim| claim.intent.clone()),
            fault_pending: self.fault_pending.subscribe(),
            progress: Default::default(),
        };
        let job = self.jobs.spawn(async move {
            sleep(delay).await;
            JobResult::Restored(container, test_panic::or_panic("deed", job.run()).await)
        });
        self.activity.enter_restore(job);
    }

    /// Reports the outcome of a restore. Settles unless the control plane is still to be restored.
    pub(super) async fn handle_restored(&mut self, container: &str, result: Result<RestoreOutcome, RestoreError>) {
        if self.activity.leave_restore().is_none() {
            return;
        }
        let report = |phase| self.reports.step(FaultAction::Restore, container, phase);
        match result {
            Ok(RestoreOutcome::Ready(readiness)) => {
                if let Readiness::PortOpen(_) = &readiness {
                    self.reports.notice(format!("{container} runs; {readiness}"));
                }
                report(OperatorPhase::Done);
                self.settle(&match readiness {
                    Readiness::Ready => format!("{container} is ready again: /readyz is 200"),
                    other => format!("{container} was started: {other}"),
                })
                .await;
            }
            Ok(RestoreOutcome::NotOurs(reason)) => {
                let reason = format!("{container}: {reason}");
                report(OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
            }
            Err(error) => {
                tracing::error!("{error}");
                report(OperatorPhase::Failed { error: error.to_string() });
                self.handle_failed_restore(&error).await;
            }
        }
    }

    async fn handle_failed_restore(&mut self, error: &RestoreError) {
        if matches!(error, RestoreError::Fault(fault) if fault.is_final()) {
            // the container is gone: nothing is left to be restored
            self.settle(&error.to_string()).await;
        } else if let Some(claim) = &mut self.claim {
            // this guard may have started it
            claim.intent.started_at = None;
        } else {
            self.set_settled();
        }
    }
}
