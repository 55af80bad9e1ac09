//! Key modes: one for each thing that can take the keys.

use crate::tui::model::{Model, mode::Mode, overlay::Overlay, screen_page::ScreenPage};

/// Meaning of the keys: one mode for each thing that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMode {
    /// The panes of the dashboard.
    Dashboard,
    /// The panes of a replay: the keys of the player, and those of the panes that it leaves free.
    Replay,
    /// Question before a fault or a restore.
    Confirm,
    /// Question before quitting while the control plane is down.
    Quit,
    /// Question before quitting a lab during an outage.
    QuitLab,
    /// Wait for the control plane before blackout exits.
    Leaving,
    /// Help, or the detail of an entry.
    Reading,
    /// Log of blackout itself.
    Log,
    /// A line being typed.
    Prompt,
    /// List of clusters to choose from.
    Choose,
    /// Any other page in place of the panes.
    Page,
}

impl KeyMode {
    /// The mode that the model's overlay and page call for.
    pub fn of(model: &Model) -> Self {
        match (&model.overlay, &model.page) {
            (Overlay::Confirm(_) | Overlay::Consent { .. }, _) => Self::Confirm,
            (Overlay::Quit, _) if model.mode == Mode::Lab => Self::QuitLab,
            (Overlay::Quit, _) => Self::Quit,
            (Overlay::Leaving { .. }, _) => Self::Leaving,
            (Overlay::Help { .. } | Overlay::Detail { .. }, _) => Self::Reading,
            (Overlay::Log, _) => Self::Log,
            (Overlay::Prompt(..), _) => Self::Prompt,
            (Overlay::None, ScreenPage::Choose { .. }) => Self::Choose,
            (Overlay::None, ScreenPage::NoEngine { .. } | ScreenPage::NoCluster { .. }) => Self::Page,
            (Overlay::None, ScreenPage::Dashboard) if model.mode == Mode::Replay => Self::Replay,
            (Overlay::None, ScreenPage::Dashboard) => Self::Dashboard,
        }
    }
}
