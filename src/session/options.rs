//! What a session watches, and how.

use std::{path::PathBuf, time::Duration};

use super::Record;
use crate::{
    engine::Engine,
    lab::{LabError, LabOptions},
    source::access::ApiAccess,
    tape::Mode as TapeMode,
    tui::{self, TerminalError},
};

/// What a session watches.
#[derive(Debug, Clone)]
pub enum Target {
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
        /// Its size and pace.
        options: LabOptions,
        /// Where its kubeconfig goes, if it is wanted.
        kubeconfig: Option<PathBuf>,
    },
}

impl Target {
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
pub struct Options {
    /// What is watched.
    pub target: Target,
    /// When to start the control plane again by itself; nothing for never, and not on the way out either.
    pub restore_after: Option<Duration>,
    /// How the screen looks.
    pub appearance: tui::Appearance,
    /// Whether the terminal sends the wheel.
    pub mouse: bool,
    /// Where the tape goes.
    pub record: Record,
}

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The terminal cannot be used.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The lab cannot be built.
    #[error(transparent)]
    Lab(#[from] LabError),
}
