//! The operator's faults and restores: the one in progress, the fault that is outstanding, and the last failure.
//!
//! Folds the steps that the guard reports. A fault is outstanding from its request until it was undone, released, or
//! turned out not to have happened.

use chrono::Duration;

use crate::observation::{FaultAction, OperatorPhase, OperatorStep, Time};

/// A fault or a restore that was requested and is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionInProgress {
    /// The action that was requested.
    pub action: FaultAction,
    /// Name of the container it is done to.
    pub container: String,
    /// Time of the request.
    pub requested: Time,
    /// The condition that the guard waits for, as a line for a person. `None` until one was reported.
    pub waits_for: Option<String>,
    /// The retry after the newest failed attempt. `None` if none failed, or if a later one got further.
    pub retry: Option<ScheduledRetry>,
}

/// A failed attempt that is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRetry {
    /// The error of the failed attempt, as a line for a person.
    pub error: String,
    /// Time of the next attempt.
    pub next: Time,
}

/// The operator's faults and restores in this session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorState {
    in_progress: Option<ActionInProgress>,
    /// The outstanding fault, and the time of its request.
    fault: Option<(FaultAction, Time)>,
    failed: Option<(Time, FaultAction, String)>,
    last_step: Option<Time>,
}

impl OperatorState {
    /// Applies one step of a fault or a restore.
    pub fn apply(&mut self, at: Time, step: &OperatorStep) {
        self.last_step = Some(at);
        match &step.phase {
            OperatorPhase::Requested => self.requested(at, step),
            OperatorPhase::Adopted => {
                self.in_progress = None;
                self.fault.get_or_insert((step.action, at));
            }
            OperatorPhase::Waiting { message } => {
                if let Some(action) = &mut self.in_progress {
                    action.waits_for = Some(message.clone());
                    action.retry = None;
                }
            }
            OperatorPhase::Retrying { error, next_s } => {
                if let Some(action) = &mut self.in_progress {
                    let next = at.checked_add_signed(Duration::seconds(i64::from(*next_s))).unwrap_or(at);
                    action.retry = Some(ScheduledRetry { error: error.clone(), next });
                }
            }
            OperatorPhase::Done => self.done(at, step.action),
            OperatorPhase::Released { .. } => {
                self.in_progress = None;
                self.fault = None;
            }
            OperatorPhase::Failed { error } => {
                self.in_progress = None;
                self.failed = Some((at, step.action, error.clone()));
                if step.action != FaultAction::Restore {
                    self.fault = None;
                }
            }
        }
    }

    fn requested(&mut self, at: Time, step: &OperatorStep) {
        self.failed = None;
        self.in_progress = Some(ActionInProgress {
            action: step.action,
            container: step.container.clone(),
            requested: at,
            waits_for: None,
            retry: None,
        });
        // a stop that fails half-way still needs its restore
        if step.action != FaultAction::Restore {
            self.fault.get_or_insert((step.action, at)).0 = step.action;
        }
    }

    fn done(&mut self, at: Time, action: FaultAction) {
        self.in_progress = None;
        match action {
            FaultAction::Restore => self.fault = None,
            // a fault that was reported as failed may happen after all
            fault => {
                self.fault.get_or_insert((fault, at));
                self.failed = None;
            }
        }
    }

    /// The fault or restore in progress. `None` if there is none.
    pub fn in_progress(&self) -> Option<&ActionInProgress> {
        self.in_progress.as_ref()
    }

    /// Time of the newest step of any action. `None` if there was none.
    pub fn last_step(&self) -> Option<Time> {
        self.last_step
    }

    /// The outstanding fault. `None` if there is none.
    pub fn fault(&self) -> Option<FaultAction> {
        self.fault.map(|(fault, _)| fault)
    }

    /// The newest failure since the last request: its time, the action, and the error for a person. `None` if the last
    /// request has not failed.
    pub fn failed(&self) -> Option<&(Time, FaultAction, String)> {
        self.failed.as_ref()
    }
}
