//! Areas of one screen: the output of the layout.

use ratatui::layout::{Position, Rect};

use crate::tui::model::pane_id::PaneId;

/// Whether panes have frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A frame with a title: one row and one column on each side.
    Boxed,
    /// No frame; each row begins with its own label.
    Bare,
}

impl Framing {
    /// Rows that a frame takes, above and below together.
    pub(crate) fn rows(self) -> u16 {
        match self {
            Self::Boxed => 2,
            Self::Bare => 0,
        }
    }
}

/// Areas of one screen. No two overlap, and none lies outside the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScreenAreas {
    /// Cluster, phase, recording and sources: one row.
    pub(crate) header: Rect,
    /// The headline: one or two rows.
    pub(crate) headline: Rect,
    /// All panes together; pages take it whole.
    pub(crate) body: Rect,
    /// The hint row. `None` if the terminal is short: then hints take the footer.
    pub(crate) hint: Option<Rect>,
    /// The keys: one row.
    pub(crate) footer: Rect,
    /// Whether panes have frames.
    pub(crate) framing: Framing,
    panes: [Option<Rect>; PaneId::ALL.len()],
}

impl ScreenAreas {
    /// The areas of a screen without panes.
    pub(super) fn new(header: Rect, headline: Rect, body: Rect, hint: Option<Rect>, footer: Rect) -> Self {
        Self { header, headline, body, hint, footer, framing: Framing::Boxed, panes: [None; PaneId::ALL.len()] }
    }

    /// The area of a pane. `None` if it had to give way.
    pub(crate) fn pane(&self, pane: PaneId) -> Option<Rect> {
        self.panes[pane.index()]
    }

    /// The panes that are on the screen, in the order of `Tab`.
    pub(crate) fn visible(&self) -> impl Iterator<Item = PaneId> {
        PaneId::ALL.into_iter().filter(|pane| self.pane(*pane).is_some())
    }

    /// The pane under a position.
    pub(crate) fn pane_at(&self, position: Position) -> Option<PaneId> {
        self.visible().find(|pane| self.pane(*pane).is_some_and(|area| area.contains(position)))
    }

    /// Rows inside the frame of a pane; 0 if it has no area.
    pub(crate) fn inner_rows(&self, pane: PaneId) -> usize {
        self.pane(pane).map_or(0, |area| usize::from(area.height.saturating_sub(self.framing.rows())))
    }

    /// Gives a pane its area; an empty one counts as none.
    pub(super) fn set(&mut self, pane: PaneId, area: Rect) {
        self.panes[pane.index()] = (!area.is_empty()).then_some(area);
    }
}

/// The areas of a screen, or the lack of room for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScreenLayout {
    /// The terminal is smaller than [`SMALLEST`](crate::tui::layout::SMALLEST).
    TooSmall,
    /// The areas of the screen.
    Screen(ScreenAreas),
}

impl ScreenLayout {
    /// The areas. `None` if the terminal is too small.
    pub(crate) fn areas(&self) -> Option<&ScreenAreas> {
        match self {
            Self::TooSmall => None,
            Self::Screen(areas) => Some(areas),
        }
    }
}
