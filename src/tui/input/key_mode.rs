//! Key modes: one for each thing that can take the keys.

use crate::tui::model::{Model, mode::Mode, overlay::Overlay, screen_page::ScreenPage};

/// What the keys mean: one mode for each thing that can lie on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMode {
    /// The panes.
    Dashboard,
    /// The panes, while a tape is played: its own keys, and those of the panes that they leave free.
    Replay,
    /// The question before a deed.
    Confirm,
    /// The question before leaving a control plane down.
    Quit,
    /// The question before leaving a lab in the middle of an outage.
    QuitLab,
    /// The control plane is started before blackout ends.
    Leaving,
    /// Something to read: help, an entry.
    Reading,
    /// blackout's own log.
    Log,
    /// A line to type in.
    Prompt,
    /// The list of clusters.
    Choose,
    /// A page without panes.
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
