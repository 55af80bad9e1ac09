//! Commands: what an action asks the session to do.

use crate::{observation::FaultAction, tui::model::playback_control::PlaybackControl};

/// What only the session can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a guard, unless there is one: a question is open whose answer may need it.
    StartGuard,
    /// The question was answered with no: a guard without anything outstanding may go.
    DismissGuard,
    /// Do this to the control plane.
    Execute {
        /// What is to be done.
        action: FaultAction,
        /// Whether the operator agrees to it although nothing of it can be put on disk.
        without_intent: bool,
    },
    /// Leave, and leave the control plane as it is, for good: the operator was asked.
    LeaveDown,
    /// Leave.
    Quit {
        /// Start the control plane first.
        restore: bool,
    },
    /// Ask the terminal for the mouse, or no longer.
    SetMouse(bool),
    /// Give the terminal back and stop, until the shell lets the program go on.
    Suspend,
    /// Note a mark: an observation.
    Mark {
        /// The person's word for it; may be empty.
        word: String,
    },
    /// Write the report of this run.
    Report,
    /// Play the tape otherwise.
    Playback(PlaybackControl),
    /// Watch this cluster.
    ChooseCluster {
        /// Its name.
        cluster: String,
    },
    /// DrawContext once more for an engine and a cluster, now.
    Retry,
    /// Show the lab, a cluster in this process, instead.
    OpenLab,
}
