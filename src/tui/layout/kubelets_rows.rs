//! Rows inside the kubelets pane: the lanes above, the list of entries below, each with a heading if there is room.

use crate::tui::layout::{content_rows::ContentRows, screen_areas::Framing};

/// Row counts of the parts of the pane, from the top down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KubeletsRows {
    /// Heading of the lanes: 1, or 0 where room is short.
    pub(crate) lanes_heading: usize,
    /// Lanes, one row for each.
    pub(crate) lanes: usize,
    /// Heading of the list: 1, or 0 where room is short.
    pub(crate) list_heading: usize,
    /// Entries, one row for each.
    pub(crate) list: usize,
}

impl KubeletsRows {
    /// The rows of a pane that has `height` rows inside its frame.
    pub(crate) fn of(content: ContentRows, height: usize, framing: Framing) -> Self {
        let lanes = content.lanes.min(height);
        let spare = height - lanes;
        let boxed = framing == Framing::Boxed;
        let lanes_heading = usize::from(boxed && spare >= 5);
        let list_heading = usize::from(boxed && spare >= 8);
        Self { lanes_heading, lanes, list_heading, list: spare - lanes_heading - list_heading }
    }
}
