//! Overlays: the one box that may lie over the panes.

use crate::{
    observation::{FaultAction, Time},
    world::JournalEntry,
};

/// Purpose of the line that is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Filter of the list of entries.
    Filter,
    /// Label of a mark.
    Mark,
}

/// Overlay over the panes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Overlay {
    /// No overlay is open.
    #[default]
    None,
    /// Question before a fault or a restore.
    Confirm(FaultAction),
    /// Second question before a fault whose intent cannot be written to disk.
    Consent {
        /// The fault in question.
        action: FaultAction,
        /// Why the intent cannot be written, as shown to the operator.
        reason: String,
    },
    /// Question before quitting while the control plane is down.
    Quit,
    /// Wait for the control plane to be ready before blackout exits.
    Leaving {
        /// Time at which the wait began.
        since: Time,
    },
    /// Help: every key of the current mode.
    Help {
        /// Rows scrolled off the top.
        scroll: usize,
    },
    /// Detail of one entry, a copy that stays while the list moves on.
    Detail {
        /// The entry as it was when the overlay was opened.
        entry: Box<JournalEntry>,
        /// Rows scrolled off the top.
        scroll: usize,
    },
    /// Log of blackout itself.
    Log,
    /// A line being typed, in the footer.
    Prompt(Prompt, String),
}
