//! Options of a live or headless session.

use std::{path::PathBuf, time::Duration};

use super::recording::RecordingOptions;
use crate::{
    engine::Engine,
    lab::{LabError, LabOptions},
    source::access::ApiAccess,
    tape::TapeMode,
    tui::{Appearance, TerminalError},
};

/// The cluster that a session watches.
#[derive(Debug, Clone)]
pub enum SessionTarget {
    /// A kind cluster of a container engine.
    Kind {
        /// The container engine that runs the cluster's nodes.
        engine: Engine,
        /// Name of the kind cluster. `None` if the only one is meant, or the operator chooses.
        cluster: Option<String>,
        /// How to reach the API server.
        access: ApiAccess,
        /// NodePort of the workload.
        node_port: u16,
    },
    /// A miniature cluster in this process.
    Lab {
        /// Number of workers, speed, seed and version.
        options: LabOptions,
        /// Path of the kubeconfig to write. `None` if none is wanted.
        kubeconfig: Option<PathBuf>,
    },
}

impl SessionTarget {
    /// Returns the mode in the header of a tape.
    pub(super) fn tape_mode(&self) -> TapeMode {
        match self {
            Self::Kind { .. } => TapeMode::Live,
            Self::Lab { .. } => TapeMode::Lab,
        }
    }
}

/// Options of a live or headless session.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// The cluster to watch.
    pub target: SessionTarget,
    /// Time from a fault to its automatic restore. `None` if the control plane is never started again automatically,
    /// also not at the end of the session (`--leave`).
    pub restore_after: Option<Duration>,
    /// Theme, symbols and language of the screen.
    pub appearance: Appearance,
    /// Whether the terminal reports the mouse wheel.
    pub mouse: bool,
    /// Whether and where the session is recorded.
    pub recording: RecordingOptions,
}

/// Reason why a session could not start.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The terminal cannot be used.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The lab cannot be started.
    #[error(transparent)]
    Lab(#[from] LabError),
}
