//! The key table: every key of the program, what it does in which mode, and its text in footer and help.
//!
//! No file but those of the table names a key; footer, help and the edges of popups are generated from it, in its
//! order.

use crate::tui::input::{
    key_binding::KeyBinding, overlay_keys::OVERLAY_KEYS, pane_keys::PANE_KEYS, player_keys::PLAYER_KEYS,
};

/// Every row of the table.
pub(crate) fn key_table() -> impl Iterator<Item = &'static KeyBinding> {
    PANE_KEYS.iter().chain(PLAYER_KEYS).chain(OVERLAY_KEYS)
}
