//! The whole screen, and each pane in each of its faces.

mod faces;
mod hostile;
mod overlays;
mod screens;
mod storm;

use ratatui::layout::Size;

use super::{testing::*, *};

/// A model on a screen of this size.
fn model(width: u16, height: u16) -> Model {
    Model { size: Size::new(width, height), recording: Recording::On, ..Model::default() }
}
