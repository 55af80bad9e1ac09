//! State of the screen: focus, overlays, scroll positions, filter.
//!
//! The model holds no fact about the cluster, except in a paused view. Only [`update`](super::update) changes it.

pub(crate) mod appearance;
pub(crate) mod guard_status;
pub(crate) mod hint;
pub(crate) mod list;
pub(crate) mod mode;
pub(crate) mod overlay;
pub(crate) mod pane_id;
pub(crate) mod paused_view;
pub(crate) mod playback_control;
pub(crate) mod recording_status;
pub(crate) mod replay_status;
pub(crate) mod screen_page;
pub(crate) mod tape_outline;

use std::sync::Arc;

use ratatui::layout::Size;

use crate::{
    observation::{FaultAction, Time},
    tui::model::{
        appearance::Appearance,
        guard_status::GuardStatus,
        hint::Hint,
        list::ListPosition,
        mode::Mode,
        overlay::{Overlay, Prompt},
        pane_id::PaneId,
        paused_view::PausedView,
        recording_status::RecordingStatus,
        replay_status::ReplayStatus,
        screen_page::ScreenPage,
    },
    world::World,
};

/// State of the screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// Origin of the facts.
    pub mode: Mode,
    /// State of the tape player. `None` outside a replay.
    pub replay: Option<ReplayStatus>,
    /// State of the recording.
    pub recording: RecordingStatus,
    /// State of the guard process, which restores the control plane if blackout dies.
    pub guard: GuardStatus,
    /// Theme, symbols, language and time zone.
    pub appearance: Appearance,
    /// Columns and rows of the terminal.
    pub size: Size,
    /// Page in place of the panes.
    pub page: ScreenPage,
    /// The focused pane. `None` means the default of [`Model::focus`].
    pub(crate) focused: Option<PaneId>,
    /// The pane that takes the whole body. `None` if all panes are shown.
    pub zoom: Option<PaneId>,
    /// Overlay over the panes.
    pub overlay: Overlay,
    /// Position in the list of entries.
    pub list_position: ListPosition,
    /// Rows scrolled off the top of each pane, by [`PaneId::index`]; the list of entries has its own position.
    pub scroll: [usize; PaneId::ALL.len()],
    /// Words that an entry must contain to be listed; an empty filter lists every entry.
    pub filter: String,
    /// The world that the panes show while the view is paused. `None` if the view is live.
    pub paused_view: Option<Arc<PausedView>>,
    /// Message of the hint row. `None` if there is none.
    pub hint: Option<Hint>,
    /// The last operation sent to the session, and when; its first step may not be in the world yet.
    pub(crate) requested: Option<(FaultAction, Time)>,
    /// Whether mouse capture is on.
    pub mouse: bool,
}

impl Model {
    /// The focused pane: the kubelets, unless another was chosen.
    pub fn focus(&self) -> PaneId {
        self.focused.unwrap_or(PaneId::Kubelets)
    }

    /// The world that the panes show, and its time: the live one, or that of the paused view.
    pub fn shown<'a>(&'a self, world: &'a World, now: Time) -> (&'a World, Time) {
        match &self.paused_view {
            Some(paused) => (&paused.world, paused.at),
            None => (world, now),
        }
    }

    /// The filter in force, also while it is being typed.
    pub fn filter(&self) -> &str {
        match &self.overlay {
            Overlay::Prompt(Prompt::Filter, text) => text,
            _ => &self.filter,
        }
    }

    /// The message of the hint row. `None` if there is none, or its time is up.
    pub(crate) fn visible_hint(&self, now: Time) -> Option<&str> {
        self.hint.as_ref().filter(|hint| now - hint.at < Hint::SHOWN_FOR).map(|hint| hint.text.as_str())
    }
}
