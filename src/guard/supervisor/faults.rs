//! Faults: refused, prepared, injected, and the meaning of the engine's answer.
//!
//! The intent is on disk before the engine is asked. A refused fault leaves nothing outstanding; one without an answer
//! may still take effect.

use std::{path::PathBuf, process, time::Duration};

use super::{
    intent_store::on_disk,
    state::{
        FaultClaim, FaultRequest, FaultStage, FaultStatus, JobResult, Lifecycle, LockState, PrepareError,
        PreparedFault, RestorePolicy, Supervisor,
    },
};
use crate::{
    fault::{FaultError, FaultInjector},
    guard::{
        intent::{Intent, IntentError},
        intent_lock::IntentLock,
        protocol::GuardReport,
    },
    observation::{OperatorPhase, Time},
    test_panic,
};

impl Supervisor {
    /// Prepares a fault, unless another one is outstanding or work is in progress.
    pub(super) fn start_fault(&mut self, request: FaultRequest) {
        if let Some(error) = self.fault_refusal() {
            self.reports.step(request.action, &request.container, OperatorPhase::Failed { error: error.to_owned() });
            return;
        }
        self.activity.enter_fault(FaultStage::Preparing);
        let now = (self.wall)();
        let preparation = FaultPreparation {
            fault: self.fault.clone(),
            cluster: self.assignment.cluster.name.clone(),
            folder: self.folder.clone(),
            policy: self.policy,
            has_lock: matches!(self.lock, LockState::Held { .. }),
            asked: now,
            restore_at: self.deadline(now).filter(|_| self.policy == RestorePolicy::Restore),
        };
        self.jobs.spawn(async move {
            let result = preparation.run(&request).await;
            JobResult::Prepared(request, result)
        });
    }

    /// Returns why no fault may be injected now. `None` if one may.
    fn fault_refusal(&self) -> Option<&'static str> {
        if !self.activity.is_idle() {
            return Some("another action on the control plane is in progress; wait until it is done");
        }
        // the request of a failed fault may be repeated
        let outstanding = self.claim.as_ref().is_some_and(|claim| claim.status != FaultStatus::Failed);
        outstanding.then_some("a fault is outstanding; start the control plane again first")
    }

    /// Returns the deadline of a fault that is asked for now. `None` if it lies beyond the end of the calendar.
    pub(super) fn deadline(&self, now: Time) -> Option<Time> {
        let after = chrono::Duration::from_std(Duration::from_secs(self.assignment.restore_after_s)).ok()?;
        now.checked_add_signed(after)
    }

    /// Injects a prepared fault, or reports why it is not injected.
    pub(super) async fn handle_prepared(
        &mut self,
        request: &FaultRequest,
        prepared: Result<PreparedFault, PrepareError>,
    ) {
        let intent = match prepared {
            Ok(PreparedFault { intent, lock }) => {
                if let Some(lock) = lock {
                    self.lock = LockState::Held { _lock: lock };
                }
                intent
            }
            Err(PrepareError::Intent(error)) if !matches!(error, IntentError::Watched { .. }) => {
                self.activity.leave_fault();
                self.reports.send(GuardReport::NeedsConsent { action: request.action, reason: error.to_string() });
                return;
            }
            Err(error) => {
                self.give_up_fault(request, error.to_string()).await;
                return;
            }
        };
        let overtaken = self.activity.is_restoring() || self.lifecycle != Lifecycle::Serving;
        if overtaken {
            let container = &request.container;
            let error = format!("nothing was done to {container}: its restore was asked for before its stop began");
            self.give_up_fault(request, error).await;
            return;
        }
        self.reports.step(request.action, &request.container, OperatorPhase::Requested);
        self.reports.send(GuardReport::Outstanding { intent: Box::new(intent.clone()), adopted: false });
        let replaced = self.claim.replace(FaultClaim::new(intent, FaultStatus::Requested, true)).map(Box::new);
        self.activity.enter_fault(FaultStage::Running { replaced });
        let (fault, action, container) = (self.fault.clone(), request.action, request.container.clone());
        self.jobs.spawn(async move {
            JobResult::Injected(test_panic::or_panic("deed", fault.carry_out(action, &container)).await)
        });
    }

    /// Reports that a fault was not injected, and settles unless an earlier attempt may still take effect or a restore
    /// runs.
    async fn give_up_fault(&mut self, request: &FaultRequest, error: String) {
        self.activity.leave_fault();
        self.reports.step(request.action, &request.container, OperatorPhase::Failed { error });
        if self.claim.is_none() && !self.activity.is_restoring() {
            self.settle(&format!("nothing was done to {}", request.container)).await;
        }
    }

    /// Notes the engine's answer to a fault. `Err(None)` if the task that asked it has panicked.
    pub(super) async fn handle_injected(&mut self, result: Result<(), Option<FaultError>>) {
        let replaced = match self.activity.leave_fault() {
            Some(FaultStage::Running { replaced }) => replaced,
            Some(FaultStage::Preparing) | None => None,
        };
        let Some(claim) = &mut self.claim else { return };
        let (action, container) = (claim.intent.action, claim.intent.container.clone());
        let error = match result {
            Ok(()) => {
                claim.status = FaultStatus::Confirmed;
                self.fault_pending.send_replace(false);
                self.reports.step(action, &container, OperatorPhase::Done);
                return;
            }
            Err(error) => error,
        };
        let text =
            error.as_ref().map_or_else(|| "the task that asked the engine crashed".to_owned(), ToString::to_string);
        tracing::error!("{text}");
        match error {
            // a restore in progress finds out by itself
            Some(error) if error.touched_nothing() && !self.activity.is_restoring() => {
                self.reports.step(action, &container, OperatorPhase::Failed { error: text });
                match replaced {
                    Some(replaced) => self.claim = Some(*replaced),
                    None => self.settle(&format!("nothing was done to {container}")).await,
                }
            }
            Some(error) if error.is_answer() => {
                claim.status = FaultStatus::Failed;
                self.reports.step(action, &container, OperatorPhase::Failed { error: text });
            }
            _ => {
                claim.status = FaultStatus::Unanswered;
                let message = format!("{text}; checking whether it took effect");
                self.reports.step(action, &container, OperatorPhase::Waiting { message });
            }
        }
    }
}

/// The preparation of a fault: inspects the container and writes the intent.
struct FaultPreparation {
    fault: FaultInjector,
    cluster: String,
    folder: Option<PathBuf>,
    policy: RestorePolicy,
    has_lock: bool,
    asked: Time,
    restore_at: Option<Time>,
}

impl FaultPreparation {
    /// Returns the intent once it is on disk, or without that if the operator has agreed to it or the policy is to
    /// leave the control plane down.
    async fn run(self, request: &FaultRequest) -> Result<PreparedFault, PrepareError> {
        let target = self.fault.inspect(&request.container).await?;
        let intent = Intent {
            cluster: self.cluster,
            container: request.container.clone(),
            action: request.action,
            pid: process::id(),
            asked: Some(self.asked),
            restore_at: self.restore_at,
            id: Some(target.id),
            started_at: target.started_at,
            networks: target.networks,
        };
        if self.policy == RestorePolicy::Leave {
            return Ok(PreparedFault { intent, lock: None });
        }
        match write(self.folder, intent.clone(), self.has_lock).await {
            Ok(lock) => Ok(PreparedFault { intent, lock }),
            Err(error) if !request.without_intent || matches!(error, IntentError::Watched { .. }) => Err(error.into()),
            Err(_agreed) => Ok(PreparedFault { intent, lock: None }),
        }
    }
}

/// Writes the intent. Takes the lock first, and returns it, unless this guard holds it.
async fn write(folder: Option<PathBuf>, intent: Intent, has_lock: bool) -> Result<Option<IntentLock>, IntentError> {
    on_disk(folder, move |folder| {
        let lock = if has_lock { None } else { Some(IntentLock::take(folder, &intent.cluster)?) };
        intent.write(folder)?;
        Ok(lock)
    })
    .await
}
