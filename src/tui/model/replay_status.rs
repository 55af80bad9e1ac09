//! State of the tape player, as the screen shows it. The player itself is part of the session.

use std::sync::Arc;

use crate::{observation::Time, tui::model::tape_outline::TapeOutline};

/// State of the tape player.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayStatus {
    /// Outline of the tape.
    pub outline: Arc<TapeOutline>,
    /// Position of the playhead.
    pub at: Time,
    /// Whether the tape is playing, not paused.
    pub playing: bool,
    /// Speed; 1 is real time.
    pub speed: f64,
}
