//! Input: the events of the terminal, and the actions that they ask for.

pub(crate) mod action;
pub(crate) mod key_binding;
pub(crate) mod key_mode;
pub(crate) mod key_table;
pub(crate) mod keyboard;
pub(crate) mod keymap;
mod overlay_keys;
mod pane_keys;
mod player_keys;
