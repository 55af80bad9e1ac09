//! What the operator did to the control plane, and what came of it.
//!
//! A fold of the steps that the guard reports. A fault is outstanding from the moment at which it was asked for until it
//! was undone, released, or turned out not to have happened.

use chrono::Duration;

use crate::observation::{FaultAction, OperatorPhase, OperatorStep, Time};

/// A deed that was asked for and is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionInProgress {
    /// What was asked for.
    pub deed: FaultAction,
    /// Name of the container it is done to.
    pub container: String,
    /// When it was asked for.
    pub asked: Time,
    /// What is waited for, for a person. `None` until that was reported.
    pub waits_for: Option<String>,
    /// The last try that failed. `None` if none did, or something has come of a later one.
    pub retry: Option<ScheduledRetry>,
}

/// A try that failed and is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRetry {
    /// What happened, for a person.
    pub error: String,
    /// When the next try is due.
    pub next: Time,
}

/// The operator's deeds in this session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorState {
    in_progress: Option<ActionInProgress>,
    fault: Option<(FaultAction, Time)>,
    failed: Option<(Time, FaultAction, String)>,
    last_step: Option<Time>,
}

impl OperatorState {
    /// Folds one step of a deed.
    pub fn step(&mut self, at: Time, step: &OperatorStep) {
        self.last_step = Some(at);
        match &step.phase {
            OperatorPhase::Requested => {
                self.failed = None;
                self.in_progress = Some(ActionInProgress {
                    deed: step.action,
                    container: step.container.clone(),
                    asked: at,
                    waits_for: None,
                    retry: None,
                });
                // a stop that fails half-way still needs its restore
                if step.action != FaultAction::Restore {
                    self.fault.get_or_insert((step.action, at)).0 = step.action;
                }
            }
            OperatorPhase::Adopted => {
                self.in_progress = None;
                self.fault.get_or_insert((step.action, at));
            }
            OperatorPhase::Waiting { message: words } => {
                if let Some(deed) = &mut self.in_progress {
                    deed.waits_for = Some(words.clone());
                    deed.retry = None;
                }
            }
            OperatorPhase::Retrying { error, next_s } => {
                if let Some(deed) = &mut self.in_progress {
                    let next = at.checked_add_signed(Duration::seconds(i64::from(*next_s))).unwrap_or(at);
                    deed.retry = Some(ScheduledRetry { error: error.clone(), next });
                }
            }
            OperatorPhase::Done => {
                self.in_progress = None;
                match step.action {
                    FaultAction::Restore => self.fault = None,
                    // also one that was reported as failed, and happened after all
                    fault => {
                        self.fault.get_or_insert((fault, at));
                        self.failed = None;
                    }
                }
            }
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

    /// The deed under way. `None` if there is none.
    pub fn in_progress(&self) -> Option<&ActionInProgress> {
        self.in_progress.as_ref()
    }

    /// When the newest step of any deed was reported. `None` if there was none.
    pub fn last_step(&self) -> Option<Time> {
        self.last_step
    }

    /// The fault that is outstanding. `None` if there is none.
    pub fn fault(&self) -> Option<FaultAction> {
        self.fault.map(|(deed, _)| deed)
    }

    /// The last deed that could not be done, until the next is asked for: when that was reported, which deed, and why.
    pub fn failed(&self) -> Option<&(Time, FaultAction, String)> {
        self.failed.as_ref()
    }
}
