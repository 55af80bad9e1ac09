//! Why a deed was not done, in words for a person.

use crate::engine::EngineError;

/// Why a deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// The engine could not be asked, or could not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no such container.
    #[error("there is no container named {container}: was the cluster `{cluster}` deleted?")]
    NoContainer {
        /// The container.
        container: String,
        /// The chosen cluster.
        cluster: String,
    },
    /// It is no control plane of the chosen cluster.
    #[error("{container} is {is}, and not a control plane of the kind cluster `{cluster}`: it is left alone")]
    NotOurs {
        /// The container.
        container: String,
        /// What it is.
        is: String,
        /// The chosen cluster.
        cluster: String,
    },
    /// It has no network to be cut off from.
    #[error("{container} has no network: it is cut off already")]
    NoNetwork {
        /// The container.
        container: String,
    },
    /// A command inside it failed.
    #[error("could not {what} in {container} (exit code {code}): {words}")]
    Script {
        /// What was to be done.
        what: &'static str,
        /// The container.
        container: String,
        /// Exit code of the command.
        code: i64,
        /// What it said.
        words: String,
    },
}

impl FaultError {
    /// Whether the container is gone, or is not a control plane of the cluster: trying again would not help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::NoContainer { .. } | Self::NotOurs { .. })
    }

    /// Whether the fault was refused before anything was done: by us, or by the engine with a 4xx.
    pub fn touched_nothing(&self) -> bool {
        match self {
            Self::NoContainer { .. } | Self::NotOurs { .. } | Self::NoNetwork { .. } => true,
            Self::Engine(EngineError::Refused { status, .. }) => (400..500).contains(status),
            Self::Engine(
                EngineError::NotFound { .. }
                | EngineError::NoContext { .. }
                | EngineError::Unsupported { .. }
                | EngineError::NotRunning { .. }
                | EngineError::NotAllowed { .. },
            ) => true,
            Self::Engine(_) | Self::Script { .. } => false,
        }
    }

    /// Whether the engine, or a command in the container, answered at all: without an answer the fault may be under
    /// way.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_answer(),
            Self::NoContainer { .. } | Self::NotOurs { .. } | Self::NoNetwork { .. } | Self::Script { .. } => true,
        }
    }
}
