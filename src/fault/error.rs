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
    /// Whether the deed was refused before anything was done.
    pub fn touched_nothing(&self) -> bool {
        matches!(self, Self::NoContainer { .. } | Self::NotOurs { .. } | Self::NoNetwork { .. })
    }
}
