//! Actions: what the operator asks for with a key or the mouse.
//!
//! Actions are not recorded; the outcome of a command returns as an observation.

use ratatui::layout::{Position, Size};

use crate::tui::model::{playback_control::PlaybackControl, screen_page::ScreenPage};

/// What the person at the keyboard wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The terminal has this size.
    Resize(Size),
    /// Take the control plane away, or bring it back.
    ToggleFault,
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
    PauseView,
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
    Playback(PlaybackControl),
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
    ShowPage(ScreenPage),
}
