//! Errors of a journal for a person.

use crate::engine::EngineError;

/// Reason why a journal can't be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    /// The engine can't be asked, or refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The worker's container does not run.
    #[error("{worker} is {state}: its journal continues when it runs again")]
    NotRunning { worker: String, state: &'static str },
    /// The worker's image lacks journalctl.
    #[error(
        "{worker} has no journalctl ({message}): blackout reads the kubelet's log from the systemd journal, which \
         kind's node images have"
    )]
    NoJournalctl { worker: String, message: String },
    /// The stream was silent for too long.
    #[error(
        "the journal of {worker} has been silent for {seconds} s while the API server is down: reopening the stream at \
         its last line, in case it is dead"
    )]
    Silent { worker: String, seconds: u64 },
    /// The machine slept meanwhile.
    #[error("this machine slept: reopening the journal of {worker} at its last line, in case the stream is dead")]
    Slept { worker: String },
    /// journalctl ended by itself.
    #[error("journalctl in {worker} ended ({message})")]
    Ended { worker: String, message: String },
}

impl JournalError {
    /// Whether another try soon is unlikely to succeed.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self, Self::NoJournalctl { .. })
    }
}
