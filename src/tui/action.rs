//! The two vocabularies at the edge of the screen: what the person wants, and what only the session can do.
//!
//! Neither is a fact about the cluster, so neither is recorded; what came of a command returns as an observation.

use ratatui::layout::{Position, Size};

use super::{model::Page, replay::Transport};
use crate::observation::FaultAction;

/// What the person at the keyboard wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The terminal has this size.
    Resize(Size),
    /// Take the control plane away, or bring it back.
    Toggle,
    /// Give the keys to the next pane.
    FocusNext,
    /// Give the keys to the pane before.
    FocusPrevious,
    /// Move by rows; downwards where positive.
    Move(i32),
    /// Move by pages.
    MovePage(i32),
    /// To the top: the newest entry, and follow.
    Home,
    /// To the bottom.
    End,
    /// The wheel turned over this place.
    Wheel {
        /// Rows, downwards where positive.
        rows: i32,
        /// Where the pointer is.
        at: Position,
    },
    /// Show what is behind the selected entry.
    Open,
    /// Close whatever is open.
    Close,
    /// Type a filter.
    Filter,
    /// Hold the view still, or let it go on.
    Freeze,
    /// Give the whole screen to the focused pane, or take it back.
    Zoom,
    /// The next theme.
    Theme,
    /// Show blackout's own log.
    Log,
    /// Go to the lab, where there is no cluster.
    Lab,
    /// Set a mark.
    Mark,
    /// Write the report of this run.
    Report,
    /// Play the tape otherwise.
    Play(Transport),
    /// Let the terminal send the wheel, or leave it to the selection of text.
    Mouse,
    /// Show every key.
    Help,
    /// Leave.
    Quit,
    /// Leave, said with Ctrl-C.
    Interrupt,
    /// Stop the program for a while, said with Ctrl-Z.
    Suspend,
    /// Yes, to what is asked.
    Yes,
    /// No, to what is asked.
    No,
    /// A typed character.
    Type(char),
    /// Take back a typed character.
    Erase,
    /// A key that means nothing here.
    Unbound(char),
    /// The session has something else to show than the dashboard, or the dashboard again.
    Show(Page),
}

/// What only the session can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a guard, unless there is one: a question is open whose answer may need it.
    StartGuard,
    /// The question was answered with no: a guard without anything outstanding may go.
    DismissGuard,
    /// Do this to the control plane.
    Carry {
        /// What is to be done.
        deed: FaultAction,
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
    Play(Transport),
    /// Watch this cluster.
    Choose {
        /// Its name.
        cluster: String,
    },
    /// Look once more for an engine and a cluster, now.
    Retry,
    /// Show the lab, a cluster in this process, instead.
    OpenLab,
}
