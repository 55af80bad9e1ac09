//! The whole screen, and each pane in each of its faces.

mod guard_states;
mod hostile;
mod overlays;
mod pane_states;
mod random_actions;
mod screens;

use ratatui::layout::Size;

use super::{
    draw::{glyphs::Charset, theme::ThemeName},
    input::key_table::key_table,
    layout::layout_of,
    testing::*,
    *,
};

/// A model on a screen of this size.
fn model(width: u16, height: u16) -> Model {
    Model { size: Size::new(width, height), recording: RecordingStatus::On, ..Model::default() }
}
