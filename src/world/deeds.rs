//! What the operator did to the control plane, and what came of it.

use crate::observation::{Deed, Operator, OperatorPhase, Time};

/// A deed that the engine was asked for and has not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InProgress {
    /// What was asked for.
    pub deed: Deed,
    /// The container it is done to.
    pub container: String,
    /// When it was asked for.
    pub asked: Time,
}

/// The operator's deeds in this session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deeds {
    in_progress: Option<InProgress>,
    fault: Option<(Deed, Time)>,
    failed: Option<(Time, Deed, String)>,
    last_asked: Option<Time>,
}

impl Deeds {
    /// Folds one step of a deed.
    pub fn step(&mut self, at: Time, step: &Operator) {
        match &step.phase {
            OperatorPhase::Requested => {
                self.failed = None;
                self.last_asked = Some(at);
                self.in_progress = Some(InProgress { deed: step.deed, container: step.container.clone(), asked: at });
                // from here on the control plane counts as taken away by us: a stop that fails half-way still needs
                // its restore
                if step.deed != Deed::Restore {
                    self.fault.get_or_insert((step.deed, at)).0 = step.deed;
                }
            }
            OperatorPhase::Done => {
                self.in_progress = None;
                if step.deed == Deed::Restore {
                    self.fault = None;
                }
            }
            OperatorPhase::Failed { error } => {
                self.in_progress = None;
                self.failed = Some((at, step.deed, error.clone()));
            }
        }
    }

    /// The deed under way.
    pub fn in_progress(&self) -> Option<&InProgress> {
        self.in_progress.as_ref()
    }

    /// When the newest deed was asked for.
    pub fn last_asked(&self) -> Option<Time> {
        self.last_asked
    }

    /// The fault that this session brought about and has not undone.
    pub fn fault(&self) -> Option<Deed> {
        self.fault.map(|(deed, _)| deed)
    }

    /// When that fault was asked for.
    pub fn fault_since(&self) -> Option<Time> {
        self.fault.map(|(_, since)| since)
    }

    /// The last deed that could not be done, until the next is asked for: when, which, and why.
    pub fn failed(&self) -> Option<&(Time, Deed, String)> {
        self.failed.as_ref()
    }
}
