//! Errors of faults for a person.

use crate::engine::EngineError;

/// Failure of a fault or a restore.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// The engine can't be asked, or refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The container does not exist.
    #[error("there is no container named {container}: was the cluster `{cluster}` deleted?")]
    NoContainer {
        /// Name of the container.
        container: String,
        /// Name of the chosen cluster.
        cluster: String,
    },
    /// The container is not a control plane of the chosen cluster.
    #[error("{container} is {found}, not a control plane of the kind cluster `{cluster}`: it is left alone")]
    NotOurs {
        /// Name of the container.
        container: String,
        /// Kind of the container, with its article.
        found: String,
        /// Name of the chosen cluster.
        cluster: String,
    },
    /// The container has no network to be detached from.
    #[error("{container} has no network: it is already disconnected")]
    NoNetwork {
        /// Name of the container.
        container: String,
    },
    /// A script in the container failed.
    #[error("could not {operation} in {container} (exit code {code}): {message}")]
    Script {
        /// Operation of the script, which completes "could not".
        operation: &'static str,
        /// Name of the container.
        container: String,
        /// Exit code of the script.
        code: i64,
        /// Error message of the script.
        message: String,
    },
}

impl FaultError {
    /// Whether another try can't succeed: the container does not exist, or is not the cluster's.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::NoContainer { .. } | Self::NotOurs { .. })
    }

    /// Whether the fault was refused before anything was done, by blackout or by the engine with a status of 4xx.
    pub fn touched_nothing(&self) -> bool {
        match self {
            Self::NoContainer { .. } | Self::NotOurs { .. } | Self::NoNetwork { .. } => true,
            Self::Engine(EngineError::Rejected { status, .. }) => (400..500).contains(status),
            Self::Engine(
                EngineError::NotFound { .. }
                | EngineError::NoContext { .. }
                | EngineError::Unsupported { .. }
                | EngineError::NotRunning { .. }
                | EngineError::PermissionDenied { .. },
            ) => true,
            Self::Engine(_) | Self::Script { .. } => false,
        }
    }

    /// Whether the engine or a script in the container answered: without an answer the fault may still be under way.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_answer(),
            Self::NoContainer { .. } | Self::NotOurs { .. } | Self::NoNetwork { .. } | Self::Script { .. } => true,
        }
    }
}
