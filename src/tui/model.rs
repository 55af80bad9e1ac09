//! The state of the screen itself: where the keys go, what is open, what is scrolled where.
//!
//! Nothing about the cluster is kept here, but for a view that is held still. Only [`super::update`] changes it.

use std::sync::Arc;

use chrono::{FixedOffset, Offset as _, Utc};
use ratatui::layout::{Rect, Size};

use super::{
    captions::Language,
    glyphs::Charset,
    layout::{Needs, Split, split},
    look::Look,
    replay::Replay,
    theme::ThemeName,
};
use crate::{
    observation::{FaultAction, Time},
    world::{JournalEntry, World},
};

/// Where the facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A real cluster.
    #[default]
    Live,
    /// The cluster inside this process.
    Lab,
    /// A tape.
    Replay,
}

/// Whether a tape is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recording {
    /// Nobody wants one.
    #[default]
    Off,
    /// Its file is being opened.
    Opening,
    /// It is.
    On,
    /// It is, and the disk was too slow for all of it.
    Gaps,
    /// It was to be, and cannot be written.
    Failed,
}

/// A pane of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaneId {
    /// Container, port and health of the control plane.
    ControlPlane,
    /// Lanes and the list.
    Kubelets,
    /// The workload's answers.
    Httpbin,
    /// The nodes from three points of view.
    Nodes,
    /// The pods.
    Pods,
    /// The waits between tries.
    Retries,
}

impl PaneId {
    /// All of them, in the order of `Tab`.
    pub const ALL: [Self; 6] =
        [Self::ControlPlane, Self::Kubelets, Self::Nodes, Self::Pods, Self::Httpbin, Self::Retries];

    /// Its place in an array of panes.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// An entry by its number, and its time for when it is no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The entry's number.
    pub id: u64,
    /// When its first line was written; the list is in this order.
    pub first: Time,
}

/// Where the list of entries stands. It is held by an entry and not by a row, so that the place stays while others
/// arrive, also above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// At the newest entry, whichever that is.
    #[default]
    Follow,
    /// Held by the person.
    At {
        /// The entry in the first row.
        top: Anchor,
        /// The selected entry.
        cursor: Anchor,
    },
}

/// A text that is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// What the list shows.
    Filter,
    /// The word of a mark.
    Mark,
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The question before a deed.
    Confirm(FaultAction),
    /// The second question before a fault: its intent cannot be put on disk.
    Consent {
        /// The fault that is meant.
        deed: FaultAction,
        /// Why the intent cannot be written, for a person.
        reason: String,
    },
    /// The question before leaving.
    Quit,
    /// The control plane is started before blackout ends.
    Leaving {
        /// Since when.
        since: Time,
    },
    /// Every key.
    Help {
        /// Rows scrolled away.
        scroll: usize,
    },
    /// One entry, kept while the list moves on.
    Detail {
        /// The entry.
        entry: Box<JournalEntry>,
        /// Rows scrolled away.
        scroll: usize,
    },
    /// blackout's own log.
    Log,
    /// A line to type in.
    Prompt(Prompt, String),
}

/// What is shown in place of the panes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Page {
    /// The panes themselves.
    #[default]
    Dashboard,
    /// No container engine answers.
    NoEngine {
        /// What happened, and what to do: for a person.
        error: String,
    },
    /// The engine has no kind cluster, or not the one that was asked for.
    NoCluster {
        /// The one that was asked for.
        wanted: Option<String>,
        /// Those that there are.
        found: Vec<String>,
    },
    /// There are several clusters.
    Choose {
        /// Their names.
        clusters: Vec<String>,
        /// The selected one.
        selected: usize,
    },
}

/// The view, held still.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// The world as it was.
    pub world: World,
    /// When.
    pub at: Time,
}

/// What the guard of this dashboard is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GuardState {
    /// There is none, and none is needed yet.
    #[default]
    Absent,
    /// It is being started.
    Starting,
    /// It runs in a process of its own, with this id.
    Running(u32),
    /// No process could be started, for this reason: what it does is done inside this program, and ends with it.
    Fallback(String),
    /// None is wanted (`--leave`).
    Off,
}

/// The guard, as the question before a fault shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardStatus {
    /// What it is.
    pub state: GuardState,
    /// Why no intent can be put on disk. `None` if one can, or that is not known yet.
    pub intent_fails: Option<String>,
    /// Process id of another blackout that watches over the cluster. `None` if there is none.
    pub watched_by: Option<u32>,
}

/// A word to the person, for a few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What is said.
    pub text: String,
    /// When.
    pub at: Time,
}

/// How the screen looks; the session sets it once, from the terminal and the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    /// The colours.
    pub theme: ThemeName,
    /// The symbols.
    pub charset: Charset,
    /// The language of the captions.
    pub language: Language,
    /// The zone of the times of the day.
    pub zone: FixedOffset,
    /// Whether colours are unwanted (`NO_COLOR`): then the theme cannot be changed.
    pub no_color: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            charset: Charset::default(),
            language: Language::default(),
            zone: Utc.fix(),
            no_color: false,
        }
    }
}

/// The state of the screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// Where the facts come from.
    pub mode: Mode,
    /// The tape that is played, in a replay.
    pub replay: Option<Replay>,
    /// Whether a tape is being written.
    pub recording: Recording,
    /// What keeps the promise that the control plane comes back.
    pub guard: GuardStatus,
    /// How it looks.
    pub appearance: Appearance,
    /// The size of the terminal.
    pub size: Size,
    /// What is shown in place of the panes.
    pub page: Page,
    /// The pane that has the keys; [`Model::focus`] tells which.
    pub(crate) focused: Option<PaneId>,
    /// The pane that has the whole screen.
    pub zoom: Option<PaneId>,
    /// What lies over the panes.
    pub overlay: Overlay,
    /// Where the list stands.
    pub place: Place,
    /// Rows scrolled away in each of the other panes.
    pub scroll: [usize; PaneId::ALL.len()],
    /// What the list shows; everything where empty.
    pub filter: String,
    /// The view, where it is held still.
    pub frozen: Option<Arc<Frozen>>,
    /// A word to the person.
    pub hint: Option<Hint>,
    /// A deed that the session was told to carry out and that may not be in the world yet.
    pub(crate) told: Option<(FaultAction, Time)>,
    /// Whether the terminal sends the wheel.
    pub mouse: bool,
}

impl Model {
    /// The pane that has the keys.
    pub fn focus(&self) -> PaneId {
        self.focused.unwrap_or(PaneId::Kubelets)
    }

    /// What the panes show: the world, or the one that is held still; and its time.
    pub fn shown<'a>(&'a self, world: &'a World, now: Time) -> (&'a World, Time) {
        match &self.frozen {
            Some(frozen) => (&frozen.world, frozen.at),
            None => (world, now),
        }
    }

    /// The symbols, colours and language.
    pub(crate) fn look(&self) -> Look {
        Look::new(&self.appearance)
    }

    /// Where everything stands.
    pub(crate) fn split(&self, world: &World, area: Rect) -> Split {
        split(area, self.zoom, Needs::of(world))
    }

    /// The filter as it is while it is being typed.
    pub fn filter(&self) -> &str {
        match &self.overlay {
            Overlay::Prompt(Prompt::Filter, text) => text,
            _ => &self.filter,
        }
    }

    /// What the keys mean.
    pub fn key_mode(&self) -> super::keymap::KeyMode {
        use super::keymap::KeyMode;
        match (&self.overlay, &self.page) {
            (Overlay::Confirm(_) | Overlay::Consent { .. }, _) => KeyMode::Confirm,
            (Overlay::Quit, _) if self.mode == Mode::Lab => KeyMode::QuitLab,
            (Overlay::Quit, _) => KeyMode::Quit,
            (Overlay::Leaving { .. }, _) => KeyMode::Leaving,
            (Overlay::Help { .. } | Overlay::Detail { .. }, _) => KeyMode::Reading,
            (Overlay::Log, _) => KeyMode::Log,
            (Overlay::Prompt(..), _) => KeyMode::Prompt,
            (Overlay::None, Page::Choose { .. }) => KeyMode::Choose,
            (Overlay::None, Page::NoEngine { .. } | Page::NoCluster { .. }) => KeyMode::Page,
            (Overlay::None, Page::Dashboard) if self.mode == Mode::Replay => KeyMode::Replay,
            (Overlay::None, Page::Dashboard) => KeyMode::Dashboard,
        }
    }
}
