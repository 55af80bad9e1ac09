//! Actions: what the operator asks for with a key or the mouse.
//!
//! Actions are not recorded; the outcome of a command returns as an observation.

use ratatui::layout::{Position, Size};

use crate::tui::model::{playback_control::PlaybackControl, screen_page::ScreenPage};

/// Request of the operator, by key, mouse or resize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The terminal was resized.
    Resize(Size),
    /// Stop the control plane, or start it again.
    ToggleFault,
    /// Focus the next pane.
    FocusNext,
    /// Focus the previous pane.
    FocusPrevious,
    /// Move by rows; down if positive.
    Move(i32),
    /// Move by pages; down if positive.
    MovePage(i32),
    /// Move to the top; the list then follows the newest entry.
    Home,
    /// Move to the bottom.
    End,
    /// Scroll the pane under the pointer.
    Wheel {
        /// Rows to scroll; down if positive.
        rows: i32,
        /// Position of the pointer.
        at: Position,
    },
    /// Open the selected entry, or accept what was typed or chosen.
    Open,
    /// Close the overlay, else clear filter, zoom, scroll position or pause, in this order.
    Close,
    /// Type a filter for the list.
    Filter,
    /// Pause or resume the view.
    PauseView,
    /// Zoom the focused pane, or show all panes again.
    Zoom,
    /// Change to the next theme.
    Theme,
    /// Show the log of blackout itself.
    Log,
    /// Start the lab instead of waiting for a cluster.
    Lab,
    /// Type the label of a mark.
    Mark,
    /// Write the report of this run.
    Report,
    /// Control the tape player.
    Playback(PlaybackControl),
    /// Turn mouse capture on or off.
    Mouse,
    /// Show the help overlay.
    Help,
    /// Quit, or ask first.
    Quit,
    /// Quit, by Ctrl-C; a second one skips the question.
    Interrupt,
    /// Suspend the process, by Ctrl-Z.
    Suspend,
    /// Answer a question with yes.
    Yes,
    /// Answer a question with no.
    No,
    /// Add one typed character.
    Type(char),
    /// Delete the last typed character.
    Erase,
    /// A key that is not bound in this mode.
    Unbound(char),
    /// Show another page; sent by the session.
    ShowPage(ScreenPage),
}
