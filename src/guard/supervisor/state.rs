//! State of a supervisor: the claim on a fault, the work in progress, the lock, and whether the dashboard is connected.

use std::path::PathBuf;

use tokio::{
    sync::watch,
    task::{AbortHandle, Id, JoinSet},
    time::Instant,
};

use crate::{
    clock::Clock,
    fault::{FaultError, FaultInjector},
    guard::{
        claim_state::ClaimState,
        intent::{Intent, IntentError},
        intent_lock::IntentLock,
        protocol::Assignment,
        report_sender::ReportSender,
        restore::{RestoreError, RestoreOutcome},
    },
    observation::{FaultAction, Time},
    source::access::CredentialCache,
};

/// What a supervisor restores without being asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestorePolicy {
    /// Brings the control plane back when the dashboard is gone or the deadline has passed.
    Restore,
    /// Leaves the control plane as it is (`--leave`): no intent, no deadline, nothing when the dashboard ends.
    Leave,
}

/// Guards one control plane.
#[derive(Debug)]
pub struct Supervisor {
    pub(super) fault: FaultInjector,
    pub(super) assignment: Assignment,
    pub(super) policy: RestorePolicy,
    /// State directory. `None` if there is no home directory.
    pub(super) folder: Option<PathBuf>,
    /// Wall clock, which a sleep of the machine moves forward.
    pub(super) wall: fn() -> Time,
    pub(super) clock: Clock,
    pub(super) credentials: CredentialCache,
    pub(super) reports: ReportSender,
    pub(super) lock: LockState,
    /// The fault to undo. `None` if nothing is outstanding.
    pub(super) claim: Option<FaultClaim>,
    pub(super) activity: Activity,
    pub(super) lifecycle: Lifecycle,
    pub(super) jobs: JoinSet<JobResult>,
    /// Whether the claimed fault may still take effect; read by the restore in progress.
    pub(super) fault_pending: watch::Sender<bool>,
}

/// State of the lock on the cluster's intent.
#[derive(Debug)]
pub(super) enum LockState {
    /// Not taken: `--leave`, a directory that cannot be written, or a settled fault.
    Free,
    /// Held by this supervisor.
    Held { _lock: IntentLock },
    /// Held by another guard at the start.
    HeldByOther,
}

/// Whether requests are served, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// The dashboard is connected.
    Serving,
    /// Nothing is outstanding any more: the supervisor ends with the work in progress.
    Settled,
    /// The dashboard is gone or has released the claim: no request follows.
    DashboardGone,
}

/// The work in progress. One fault or restore runs at a time, but for a restore that waits for the end of a fault.
#[derive(Debug)]
pub(super) enum Activity {
    Idle,
    /// The container is compared with the claim.
    Inspecting(AbortHandle),
    /// A fault is injected.
    Injecting(FaultStage),
    /// A restore runs; `fault` is the fault that it waits for.
    Restoring {
        job: AbortHandle,
        fault: Option<FaultStage>,
    },
}

/// Stage of a fault in progress.
#[derive(Debug)]
pub(super) enum FaultStage {
    /// The container is inspected and the intent is written.
    Preparing,
    /// The engine was asked. `replaced` is the claim of an earlier attempt, which failed and may take effect all the
    /// same.
    Running { replaced: Option<Box<FaultClaim>> },
}

/// A fault that is to be undone.
#[derive(Debug)]
pub(super) struct FaultClaim {
    pub(super) intent: Intent,
    pub(super) status: FaultStatus,
    /// Whether the dashboard knows of it. If not, the end of the dashboard leaves the intent for the next start.
    pub(super) known_to_dashboard: bool,
    /// Time since when every inspection found the container as before the fault.
    pub(super) intact_since: Option<Instant>,
    /// Time since when every inspection found no container.
    pub(super) missing_since: Option<Instant>,
}

/// What is known about the effect of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultStatus {
    /// The engine was asked and has not answered yet.
    Requested,
    /// The request ended without an answer: the fault may still take effect.
    Unanswered,
    /// The engine reported a failure; the fault may take effect all the same.
    Failed,
    /// An earlier run has asked for it.
    Adopted,
    /// The engine reported success, or the container was seen as the fault leaves it.
    Confirmed,
}

/// Result of a spawned job.
pub(super) enum JobResult {
    /// The preparation of a fault.
    Prepared(FaultRequest, Result<PreparedFault, PrepareError>),
    /// The engine's answer to a fault.
    Injected(Result<(), FaultError>),
    /// The restore of the container of this name.
    Restored(String, Result<RestoreOutcome, RestoreError>),
    /// The container beside the claim, and whether it runs.
    Inspected(Result<(ClaimState, bool), FaultError>),
}

/// A fault that the dashboard asks for.
#[derive(Debug, Clone)]
pub(super) struct FaultRequest {
    pub(super) action: FaultAction,
    /// Name of the container.
    pub(super) container: String,
    /// Whether the operator has agreed to inject it although the intent cannot be written.
    pub(super) without_intent: bool,
}

/// A fault that may be injected.
#[derive(Debug)]
pub(super) struct PreparedFault {
    pub(super) intent: Intent,
    /// The lock, if it was taken for this fault.
    pub(super) lock: Option<IntentLock>,
}

/// Reason why a fault is not injected.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrepareError {
    #[error(transparent)]
    Fault(#[from] FaultError),
    #[error(transparent)]
    Intent(#[from] IntentError),
}

impl FaultClaim {
    pub(super) fn new(intent: Intent, status: FaultStatus, known_to_dashboard: bool) -> Self {
        Self { intent, status, known_to_dashboard, intact_since: None, missing_since: None }
    }
}

impl Activity {
    /// Returns whether neither a fault nor a restore is in progress.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle | Self::Inspecting(_))
    }

    /// Returns whether a fault is in preparation, also while a restore waits for it.
    pub(super) fn is_preparing(&self) -> bool {
        matches!(
            self,
            Self::Injecting(FaultStage::Preparing) | Self::Restoring { fault: Some(FaultStage::Preparing), .. }
        )
    }

    pub(super) fn is_restoring(&self) -> bool {
        matches!(self, Self::Restoring { .. })
    }

    /// Returns whether `id` is the restore in progress.
    pub(super) fn is_restore(&self, id: Id) -> bool {
        matches!(self, Self::Restoring { job, .. } if job.id() == id)
    }

    /// Returns whether `id` is the inspection in progress.
    pub(super) fn is_inspection(&self, id: Id) -> bool {
        matches!(self, Self::Inspecting(job) if job.id() == id)
    }

    /// Enters a stage of a fault, also while a restore waits for it. Cancels an inspection.
    pub(super) fn enter_fault(&mut self, stage: FaultStage) {
        *self = match std::mem::replace(self, Self::Idle) {
            Self::Restoring { job, .. } => Self::Restoring { job, fault: Some(stage) },
            Self::Inspecting(job) => {
                job.abort();
                Self::Injecting(stage)
            }
            Self::Idle | Self::Injecting(_) => Self::Injecting(stage),
        };
    }

    /// Leaves the fault in progress and returns its stage. `None` if there is none.
    pub(super) fn leave_fault(&mut self) -> Option<FaultStage> {
        match std::mem::replace(self, Self::Idle) {
            Self::Injecting(stage) => Some(stage),
            Self::Restoring { job, fault } => {
                *self = Self::Restoring { job, fault: None };
                fault
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Enters a restore, which waits for a fault in progress. Cancels an inspection.
    pub(super) fn enter_restore(&mut self, job: AbortHandle) {
        let fault = match std::mem::replace(self, Self::Idle) {
            Self::Injecting(stage) => Some(stage),
            Self::Inspecting(inspection) => {
                inspection.abort();
                None
            }
            Self::Idle | Self::Restoring { .. } => None,
        };
        *self = Self::Restoring { job, fault };
    }

    /// Leaves the restore in progress; a fault that it waited for goes on. Returns its handle, or `None` if there is
    /// none.
    pub(super) fn leave_restore(&mut self) -> Option<AbortHandle> {
        match std::mem::replace(self, Self::Idle) {
            Self::Restoring { job, fault } => {
                *self = fault.map_or(Self::Idle, Self::Injecting);
                Some(job)
            }
            other => {
                *self = other;
                None
            }
        }
    }
}
