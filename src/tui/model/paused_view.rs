//! A paused view: the world as it was when the view was paused.

use crate::{observation::Time, world::World};

/// State that the panes show while the view is paused.
#[derive(Debug, Clone, PartialEq)]
pub struct PausedView {
    /// The world at the moment of the pause.
    pub world: World,
    /// Time of the pause.
    pub at: Time,
}
