//! Reasons why a session ended with an error.

use crate::tui::TerminalError;

/// Reason why a session ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum ShutdownError {
    /// The terminal could not be read or written.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The control plane could not be brought back; the reason, for a person.
    #[error("the control plane is still down: {0}; `blackout restore` tries again")]
    Restore(String),
    /// A second signal came while the control plane was being restored.
    #[error(
        "ended by a second {signal} before the control plane was ready{}; `blackout restore` waits for it",
        guard.map_or(String::new(), |pid| format!(" (the guard, pid {pid}, continues)"))
    )]
    SecondSignal {
        /// Name of the signal.
        signal: &'static str,
        /// Process id of the guard. `None` if it is no process.
        guard: Option<u32>,
    },
    /// The guard ended before it reported that the control plane is ready.
    #[error("the guard ended before the control plane was ready: `blackout restore` starts it again")]
    GuardEnded,
}
