//! Actions of the operator, and the steps of carrying them out.

use serde::{Deserialize, Serialize};

/// Action on the control plane: a fault, or its undoing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultAction {
    /// `docker stop`: a signal, and SIGKILL 10 s later.
    Stop,
    /// `docker kill`: SIGKILL at once.
    Kill,
    /// `docker pause`: processes frozen, sockets open.
    Pause,
    /// `docker network disconnect`: processes run without a network.
    Disconnect,
    /// Removal of the API server's static pod alone.
    Apiserver,
    /// Undoing of whatever fault is found.
    Restore,
}

impl FaultAction {
    /// Name of the action, as on the command line and in tapes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Disconnect => "disconnect",
            Self::Apiserver => "apiserver",
            Self::Restore => "restore",
        }
    }
}

/// Progress of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum OperatorPhase {
    /// Requested from the engine.
    Requested,
    /// Taken over from an earlier run, which did the fault and did not undo it.
    Adopted,
    /// Under way and not done.
    Waiting {
        /// Condition that is waited for, in one line for a person; `words` in tapes.
        #[serde(rename = "words")]
        message: String,
    },
    /// Failed, to be tried again without being asked.
    Retrying {
        /// Failure of the last try, in one line for a person.
        error: String,
        /// Seconds until the next try.
        next_s: u32,
    },
    /// Done. A fault: the engine says so. A restore: `/readyz` answered 200, or the port took a connection if `/readyz`
    /// can't be asked.
    Done,
    /// Nothing left to undo: somebody else undid it, or the operator leaves it as it is.
    Released {
        /// Reason, in one line for a person.
        reason: String,
    },
    /// Failed, not to be tried again.
    Failed {
        /// Failure and remedy, in one line for a person.
        error: String,
    },
}

/// One step of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorStep {
    /// The action; `deed` in tapes.
    #[serde(rename = "deed")]
    pub action: FaultAction,
    /// Name of the container that the action is done to.
    pub container: String,
    /// Progress of the action.
    #[serde(flatten)]
    pub phase: OperatorPhase,
}
