//! One row of the key table.

use crossterm::event::KeyCode;

use crate::tui::input::{action::Action, key_mode::KeyMode};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct KeyBinding {
    /// The keys, all of which do the same.
    pub(crate) keys: &'static [KeyCode],
    /// Where.
    pub(crate) modes: &'static [KeyMode],
    /// What they do.
    pub(crate) action: Action,
    /// How the help and the footer name the keys.
    pub(crate) label: &'static str,
    /// What the footer says; nothing where it keeps silent.
    pub(crate) footer: Option<&'static str>,
    /// What the help says; nothing where another row says it.
    pub(crate) help: Option<&'static str>,
}
