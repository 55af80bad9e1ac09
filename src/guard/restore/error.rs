//! Reasons why a restore ended without a ready control plane.

use crate::fault::FaultError;

/// Reason why a control plane was not brought back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The engine could not start the container.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The container runs, and its API server did not become ready in time.
    #[error("{container} was started, and its API server is not ready after {minutes} min ({last})")]
    NotReady {
        /// Name of the container.
        container: String,
        /// Time from the start of the restore, in minutes.
        minutes: u64,
        /// Last result of the readiness check, for a person.
        last: String,
    },
}
