//! Key bindings: the rows of the key table.

use crossterm::event::KeyCode;

use crate::tui::input::{action::Action, key_mode::KeyMode};

/// One row of the key table.
#[derive(Debug)]
pub(crate) struct KeyBinding {
    /// Keys, all with the same action. Empty if the row is for the help only.
    pub(crate) keys: &'static [KeyCode],
    /// Modes in which the keys are bound.
    pub(crate) modes: &'static [KeyMode],
    /// Action of the keys.
    pub(crate) action: Action,
    /// Name of the keys in help and footer.
    pub(crate) label: &'static str,
    /// Text in the footer. `None` if the footer omits the row.
    pub(crate) footer: Option<&'static str>,
    /// Text in the help. `None` if the help omits the row.
    pub(crate) help: Option<&'static str>,
}
