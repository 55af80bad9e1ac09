//! The screen: what it shows, what a key means, and what the person wants.
//!
//! Three pure parts meet here. [`view()`] draws a world and a model; [`update()`] turns what the person wants into a new
//! model and into commands that only the session carries out; [`keymap`] says what a key wants. None reads a clock,
//! does I/O, or writes a fact about the cluster. [`terminal`] and [`keyboard`] alone touch the real terminal, and the log overlay the
//! global buffer of tui-logger.

pub mod action;
pub mod captions;
pub mod glyphs;
pub mod keyboard;
pub mod keymap;
pub mod model;
pub mod replay;
pub mod terminal;
pub mod theme;

mod big;
mod fresh;
mod layout;
mod look;
mod overlays;
mod pages;
mod panes;
mod spark;
mod state;
mod text;
mod update;
mod view;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use action::{Action, Command};
pub use captions::Language;
pub use glyphs::Charset;
pub use keyboard::{Input, Keyboard, has_keyboard};
pub use keymap::{KeyMode, resolve, wheel};
pub use model::{
    Anchor, Appearance, Frozen, GuardState, GuardStatus, Hint, Mode, Model, Overlay, Page, PaneId, Place, Prompt,
    Recording,
};
pub use replay::{Reel, Replay, Transport};
pub use terminal::{Screen, StandardError, Stopped, TerminalError, give_back, install_panic_hook};
pub(crate) use text::age;
pub use theme::ThemeName;
pub use update::update;
pub use view::view;
