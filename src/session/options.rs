//! What a session watches, and how.

use std::{path::PathBuf, time::Duration};

use super::recording::RecordingOptions;
use crate::{
    engine::Engine,
    lab::{LabError, LabOptions},
    source::access::ApiAccess,
    tape::TapeMode,
    tui::{self, TerminalError},
};

/// What a session watches.
#[derive(Debug, Clone)]
pub enum SessionTarget {
    /// A kind cluster of the container engine.
    Kind {
        /// The container engine.
        engine: Engine,
        /// kind's name of the cluster; nothing for the only one.
        cluster: Option<String>,
        /// The way to the API server.
        access: ApiAccess,
        /// The workload's NodePort.
        node_port: u16,
    },
    /// A miniature cluster in this process.
    Lab {
        /// Its size and frame_timer.
        options: LabOptions,
        /// Where its kubeconfig goes, if it is wanted.
        kubeconfig: Option<PathBuf>,
    },
}

impl SessionTarget {
    /// What a tape of it is a recording of.
    pub(super) fn mode(&self) -> TapeMode {
        match self {
            Self::Kind { .. } => TapeMode::Live,
            Self::Lab { .. } => TapeMode::Lab,
        }
    }
}

/// What a session watches, and how.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// What is watched.
    pub target: SessionTarget,
    /// When to start the control plane again by itself; nothing for never, and not on the way out either.
    pub restore_after: Option<Duration>,
    /// How the screen looks.
    pub appearance: tui::Appearance,
    /// Whether the terminal sends the wheel.
    pub mouse: bool,
    /// Where the tape goes.
    pub recording: RecordingOptions,
}

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The terminal cannot be used.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The lab cannot be built.
    #[error(transparent)]
    Lab(#[from] LabError),
}
