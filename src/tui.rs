//! The dashboard: what the screen shows, what a key means, and what the operator asks for.
//!
//! Three pure functions meet here. [`view()`] draws a world and a model, [`update()`] turns an action into a new model
//! and into commands that only the session executes, and [`resolve`] turns a key into an action. None of them reads a
//! clock, does I/O, or writes a fact about the cluster. [`Screen`] and [`Keyboard`] alone touch the real terminal, and
//! the log overlay alone reads the global buffer of tui-logger.

mod draw;
mod input;
mod layout;
mod model;
mod overlays;
mod pages;
mod panes;
mod terminal;
mod update;
mod view;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use draw::{captions::Language, glyphs::Charset, theme::ThemeName};
pub use input::{
    action::Action,
    key_mode::KeyMode,
    keyboard::{Keyboard, TerminalEvent, has_keyboard},
    keymap::{resolve, wheel},
};
pub use model::{
    Model,
    appearance::Appearance,
    guard_status::{GuardState, GuardStatus},
    hint::Hint,
    list::{EntryAnchor, ListPosition},
    mode::Mode,
    overlay::{Overlay, Prompt},
    pane_id::PaneId,
    paused_view::PausedView,
    playback_control::PlaybackControl,
    recording_status::RecordingStatus,
    replay_status::ReplayStatus,
    screen_page::ScreenPage,
    tape_outline::{Landmark, LandmarkKind, TapeOutline},
};
pub use terminal::{Screen, StandardError, SuspendScope, TerminalError, give_back, install_panic_hook};
pub use update::{command::Command, update};
pub use view::view;
