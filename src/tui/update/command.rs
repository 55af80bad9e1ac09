//! Commands: what an action asks the session to do.

use crate::{observation::FaultAction, tui::model::playback_control::PlaybackControl};

/// Request of an action to the session, which alone does I/O.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a guard, unless one is running: the answer to the open question may need it.
    StartGuard,
    /// Let a guard with nothing outstanding exit: the question was answered with no.
    DismissGuard,
    /// Execute a fault or a restore.
    Execute {
        /// The fault or the restore.
        action: FaultAction,
        /// Whether the operator agreed to a fault whose intent cannot be written to disk.
        without_intent: bool,
    },
    /// Quit and leave the control plane down, as the operator answered.
    LeaveDown,
    /// Quit, after a restore if asked for.
    Quit {
        /// Start the control plane first, and wait until it is ready.
        restore: bool,
    },
    /// Turn mouse capture of the terminal on or off.
    SetMouse(bool),
    /// Restore the terminal and suspend the process.
    Suspend,
    /// Record a mark, which is an observation.
    Mark {
        /// Label of the mark; may be empty.
        word: String,
    },
    /// Write the report of this run.
    Report,
    /// Control the tape player.
    Playback(PlaybackControl),
    /// Watch this one of several clusters.
    ChooseCluster {
        /// Name of the cluster.
        cluster: String,
    },
    /// DrawContext once more for an engine and a cluster, now.
    Retry,
    /// Start the lab instead of waiting for a cluster.
    OpenLab,
}
