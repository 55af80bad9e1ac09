//! Restores: begun once at a time, and what comes of them.

use std::time::Duration;

use tokio::time::sleep;

use super::{FaultStatus, JobResult, Supervisor};
use crate::{
    guard::restore::{RestoreError, RestoreJob, RestoreOutcome},
    observation::{FaultAction, OperatorPhase},
    source::health::Readiness,
    test_panic,
};

impl Supervisor {
    /// Begins to bring `container` back, unless that is under way.
    pub(super) fn start_restore(&mut self, container: String, asked: bool) {
        self.start_restore_after(Duration::ZERO, container, asked);
    }

    /// The same, after a pause: a task that crashed at once would otherwise do so without end.
    pub(super) fn start_restore_after(&mut self, pause: Duration, container: String, asked: bool) {
        if self.restoring.is_some() {
            return;
        }
        let claim = self.claim.as_ref().filter(|claim| claim.intent.container == container);
        let may_come = claim.is_some_and(|claim| claim.status != FaultStatus::Confirmed);
        self.fault_pending.send_replace(may_come);
        let job = RestoreJob {
            fault: self.fault.clone(),
            cluster: self.assignment.cluster.clone(),
            access: self.assignment.access.clone(),
            credentials: self.credentials.clone(),
            clock: self.clock,
            intent: claim.map(|claim| claim.intent.clone()),
            fault_pending: self.fault_pending.subscribe(),
            fault_in_effect: false,
            asked,
            retries_after_external_stop: false,
            start_reported: false,
            ran: false,
            container: container.clone(),
            reporter: self.reporter.clone(),
        };
        self.restoring = Some(self.work.spawn(async move {
            sleep(pause).await;
            JobResult::Restored(container, test_panic::or_panic("deed", job.run()).await)
        }));
    }

    pub(super) async fn handle_restored(&mut self, container: &str, brought: Result<RestoreOutcome, RestoreError>) {
        if self.restoring.take().is_none() {
            return;
        }
        match brought {
            Ok(RestoreOutcome::Ready(readiness)) => {
                if let Readiness::PortOpen(_) = &readiness {
                    self.reporter.notice(format!("{container} runs; {readiness}"));
                }
                self.reporter.step(FaultAction::Restore, container, OperatorPhase::Done);
                self.settle(&match readiness {
                    Readiness::Ready => format!("{container} is ready again: /readyz is 200"),
                    other => format!("{container} was started: {other}"),
                })
                .await;
            }
            Ok(RestoreOutcome::NotOurs(why)) => {
                let reason = format!("{container}: {why}");
                self.reporter.step(FaultAction::Restore, container, OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
            }
            Err(error) => {
                let gone = matches!(&error, RestoreError::Fault(fault) if fault.is_final());
                tracing::error!("{error}");
                self.reporter.step(FaultAction::Restore, container, OperatorPhase::Failed { error: error.to_string() });
                if gone {
                    // there is nothing left that could be brought back
                    self.settle(&error.to_string()).await;
                } else if let Some(claim) = &mut self.claim {
                    // it may have been started by us
                    claim.intent.started_at = None;
                } else {
                    self.settled = true;
                }
            }
        }
    }
}
