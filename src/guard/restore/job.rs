//! A restore from its request to its outcome: the loop over attempts, and the steps that it reports.

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    error::RestoreError,
    timing::{FIRST_BACKOFF, MAX_BACKOFF, MISSING_TIMEOUT, RESTORE_TIMEOUT},
};
use crate::{
    clock::Clock,
    fault::{FaultError, FaultInjector},
    guard::{intent::Intent, report_sender::ReportSender},
    observation::{Cluster, FaultAction, OperatorPhase},
    source::{
        access::{ApiAccess, CredentialCache},
        health::Readiness,
    },
};

/// Origin of a restore, which decides what it may override.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::guard) enum RestoreTrigger {
    /// The deadline, the end of the dashboard, or a crashed restore: leaves alone what somebody else has changed.
    Automatic,
    /// The operator's key: undoes the change of somebody else, and ends if they take the control plane away again.
    Operator,
    /// `blackout restore`: starts the control plane again whoever takes it away.
    Command,
}

/// A restore of one control plane.
#[derive(Debug, Clone)]
pub(in crate::guard) struct RestoreJob {
    pub(in crate::guard) fault: FaultInjector,
    pub(in crate::guard) cluster: Cluster,
    pub(in crate::guard) access: ApiAccess,
    pub(in crate::guard) credentials: CredentialCache,
    pub(in crate::guard) clock: Clock,
    pub(in crate::guard) reports: ReportSender,
    /// Name of the container.
    pub(in crate::guard) container: String,
    pub(in crate::guard) trigger: RestoreTrigger,
    /// The fault to undo. `None` if whatever is wrong with the container is undone.
    pub(in crate::guard) intent: Option<Intent>,
    /// Whether the fault may still take effect. The supervisor clears it when the engine reports the end of the fault.
    pub(in crate::guard) fault_pending: watch::Receiver<bool>,
    /// Progress of this restore; [`RestoreProgress::default`] at its start.
    pub(in crate::guard) progress: RestoreProgress,
}

/// What a restore has observed so far, over all its attempts.
#[derive(Debug, Clone, Default)]
pub(in crate::guard) struct RestoreProgress {
    /// Whether the container was seen as the fault leaves it.
    pub(super) fault_in_effect: bool,
    /// Whether [`OperatorPhase::Requested`] was reported.
    pub(super) reported: bool,
    /// Whether the container was running before the latest attempt, which then started nothing.
    pub(super) was_running: bool,
}

/// Outcome of a restore.
#[derive(Debug)]
pub(in crate::guard) enum RestoreOutcome {
    /// `/readyz` answered 200, or, without a kubeconfig, the port accepted connections.
    Ready(Readiness),
    /// Somebody else has changed the container since: it is left as it is. The reason is for a person.
    NotOurs(&'static str),
}

/// Outcome of one attempt.
pub(super) enum RestoreAttempt {
    Ready(Readiness),
    NotOurs(&'static str),
    /// The container stopped again: by the stop that was in progress, or by itself.
    DownAgain,
}

impl RestoreJob {
    /// Attempts the restore until the control plane is ready, somebody else has taken over, or it cannot succeed.
    ///
    /// # Errors
    /// The container has been missing for [`MISSING_TIMEOUT`], or [`RESTORE_TIMEOUT`] has passed.
    pub(in crate::guard) async fn run(mut self) -> Result<RestoreOutcome, RestoreError> {
        if self.trigger != RestoreTrigger::Automatic {
            self.report_requested();
        }
        let deadline = self.clock.instant_now() + RESTORE_TIMEOUT;
        let mut missing_since = None;
        let mut backoff = FIRST_BACKOFF;
        loop {
            match self.attempt(deadline).await {
                Ok(RestoreAttempt::Ready(readiness)) => return Ok(RestoreOutcome::Ready(readiness)),
                Ok(RestoreAttempt::NotOurs(reason)) => return Ok(RestoreOutcome::NotOurs(reason)),
                Ok(RestoreAttempt::DownAgain) => {
                    self.report_waiting(format!("{} stopped again; starting it again", self.container));
                }
                Err(RestoreError::Fault(error)) if !self.must_give_up(&error, &mut missing_since, deadline) => {
                    self.report_requested();
                    let next_s = backoff.as_secs_f32().ceil() as u32;
                    self.report(OperatorPhase::Retrying { error: error.to_string(), next_s });
                }
                Err(error) => return Err(error),
            }
            sleep(backoff).await;
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    /// Returns whether no further attempt follows this error, and keeps the time since when the container is missing.
    fn must_give_up(&self, error: &FaultError, missing_since: &mut Option<Instant>, deadline: Instant) -> bool {
        let now = self.clock.instant_now();
        if !error.is_final() {
            *missing_since = None;
            return now >= deadline;
        }
        now >= deadline || now - *missing_since.get_or_insert(now) >= MISSING_TIMEOUT
    }

    /// Returns whether the fault may still take effect.
    pub(super) fn is_fault_pending(&self) -> bool {
        !self.progress.fault_in_effect && *self.fault_pending.borrow()
    }

    /// Reports the begin of the restore, once, however many attempts it takes.
    pub(super) fn report_requested(&mut self) {
        if !self.progress.reported {
            self.report(OperatorPhase::Requested);
            self.progress.reported = true;
        }
    }

    pub(super) fn report_waiting(&self, message: impl Into<String>) {
        self.report(OperatorPhase::Waiting { message: message.into() });
    }

    fn report(&self, phase: OperatorPhase) {
        self.reports.step(FaultAction::Restore, &self.container, phase);
    }
}
