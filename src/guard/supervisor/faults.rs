//! Faults: refused, prepared, done, and what their answers mean.
//!
//! The intent is on disk before the engine is asked. A fault that was refused leaves nothing outstanding; one without an
//! answer may still come.

use std::{path::PathBuf, process, time::Duration};

use tokio::time::timeout;

use super::{DISK, FaultClaim, FaultStatus, JobResult, PrepareError, RestorePolicy, Supervisor};
use crate::{
    fault::FaultError,
    guard::{GuardReport, Intent, IntentError, IntentLock},
    observation::{FaultAction, OperatorPhase, Time},
    test_panic,
};

impl Supervisor {
    pub(super) fn begin_fault(&mut self, deed: FaultAction, container: String, without_intent: bool) {
        let refusal = if self.fault_under_way || self.restoring.is_some() {
            Some("something is being done to the control plane already; wait until that is over".to_owned())
        } else if self.claim.as_ref().is_some_and(|claim| claim.status != FaultStatus::Failed) {
            Some("a fault is outstanding already; start the control plane again first".to_owned())
        } else {
            None
        };
        if let Some(error) = refusal {
            self.reporter.step(deed, &container, OperatorPhase::Failed { error });
            return;
        }
        self.fault_under_way = true;
        let now = (self.wall)();
        let restore_at = self.deadline(now).filter(|_| self.duty == RestorePolicy::Restore);
        let (fault, cluster, folder) = (self.fault.clone(), self.assignment.cluster.name.clone(), self.folder.clone());
        let (duty, locked) = (self.duty, self.lock.is_some());
        self.work.spawn(async move {
            let prepare = async {
                let target = fault.inspect(&container).await?;
                let intent = Intent {
                    cluster: cluster.clone(),
                    container: container.clone(),
                    deed,
                    pid: process::id(),
                    asked: Some(now),
                    restore_at,
                    id: Some(target.id),
                    started_at: target.started_at,
                    networks: target.networks,
                };
                if duty == RestorePolicy::Leave {
                    return Ok((intent, None));
                }
                match write(folder, cluster, intent.clone(), locked).await {
                    Ok(lock) => Ok((intent, lock)),
                    Err(error) if !without_intent || matches!(error, IntentError::Watched { .. }) => Err(error.into()),
                    Err(_agreed) => Ok((intent, None)),
                }
            };
            let prepared = prepare.await;
            JobResult::Prepared(deed, container, prepared)
        });
    }

    /// The deadline of a fault that is asked for now. `None` if it lies beyond the end of the calendar.
    pub(super) fn deadline(&self, now: Time) -> Option<Time> {
        let after = chrono::Duration::from_std(Duration::from_secs(self.assignment.restore_after_s)).ok()?;
        now.checked_add_signed(after)
    }

    pub(super) async fn handle_prepared(
        &mut self,
        deed: FaultAction,
        container: &str,
        prepared: Result<(Intent, Option<IntentLock>), PrepareError>,
    ) {
        let intent = match prepared {
            Ok((intent, lock)) => {
                self.lock = self.lock.take().or(lock);
                intent
            }
            Err(PrepareError::Intent(error)) if !matches!(error, IntentError::Watched { .. }) => {
                self.fault_under_way = false;
                self.reporter.send(GuardReport::NeedsConsent { deed, reason: error.to_string() });
                return;
            }
            Err(error) => {
                self.fault_under_way = false;
                self.reporter.step(deed, container, OperatorPhase::Failed { error: error.to_string() });
                // an earlier try that failed may come all the same
                if self.claim.is_none() {
                    self.settle(&format!("nothing was done to {container}")).await;
                }
                return;
            }
        };
        // nothing was done yet, and by now the opposite is wanted, or nobody is there any more who wants it
        if self.alone || self.settled || self.restoring.is_some() {
            self.fault_under_way = false;
            let error = format!("nothing was done to {container}: it was to be started again before it was stopped");
            self.reporter.step(deed, container, OperatorPhase::Failed { error });
            if self.restoring.is_none() && self.claim.is_none() {
                self.settle(&format!("nothing was done to {container}")).await;
            }
            return;
        }
        self.reporter.step(deed, container, OperatorPhase::Requested);
        self.reporter.send(GuardReport::Outstanding { intent: Box::new(intent.clone()), adopted: false });
        let claim =
            FaultClaim { intent, status: FaultStatus::Requested, reported: true, well_since: None, gone_since: None };
        self.earlier = self.claim.replace(claim);
        let (fault, container) = (self.fault.clone(), container.to_owned());
        self.work.spawn(async move {
            let done = test_panic::or_panic("deed", fault.carry_out(deed, &container)).await;
            JobResult::Fault(done)
        });
    }

    /// The engine has answered the request of a fault, or will not answer any more (`Err(None)`: our task crashed).
    pub(super) async fn handle_fault_result(&mut self, done: Result<(), Option<FaultError>>) {
        self.fault_under_way = false;
        let earlier = self.earlier.take();
        let Some(claim) = &mut self.claim else { return };
        let (deed, container) = (claim.intent.deed, claim.intent.container.clone());
        match done {
            Ok(()) => {
                claim.status = FaultStatus::Confirmed;
                self.fault_pending.send_replace(false);
                self.reporter.step(deed, &container, OperatorPhase::Done);
            }
            Err(error) => {
                let words =
                    error.as_ref().map_or("the task that asked the engine crashed".to_owned(), ToString::to_string);
                tracing::error!("{words}");
                let failed = || OperatorPhase::Failed { error: words.clone() };
                match error {
                    // a restore that waits for the stop goes on and finds out by itself
                    Some(error) if error.touched_nothing() && self.restoring.is_none() => {
                        self.reporter.step(deed, &container, failed());
                        match earlier {
                            Some(earlier) => self.claim = Some(earlier),
                            None => self.settle(&format!("nothing was done to {container}")).await,
                        }
                    }
                    Some(error) if error.is_answer() => {
                        claim.status = FaultStatus::Failed;
                        self.reporter.step(deed, &container, failed());
                    }
                    _ => {
                        claim.status = FaultStatus::Unanswered;
                        let words = format!("{words}; looking whether it was done");
                        self.reporter.step(deed, &container, OperatorPhase::Waiting { message: words });
                    }
                }
            }
        }
    }
}

/// Writes the intent; takes the lock first where it is not ours yet, and returns it then.
async fn write(
    folder: Option<PathBuf>,
    cluster: String,
    intent: Intent,
    locked: bool,
) -> Result<Option<IntentLock>, IntentError> {
    let folder = folder.ok_or(IntentError::NoFolder)?;
    let path = folder.clone();
    let job = move || -> Result<Option<IntentLock>, IntentError> {
        let lock = if locked { None } else { Some(IntentLock::take(&folder, &cluster)?) };
        intent.write(&folder).map(|()| lock)
    };
    match timeout(DISK, tokio::task::spawn_blocking(job)).await {
        Ok(Ok(written)) => written,
        Ok(Err(_)) | Err(_) => Err(IntentError::Silent { path }),
    }
}
