//! Selection: the entries that the list shows, and the one under the cursor.

use crate::{
    observation::Time,
    tui::model::{
        Model,
        list::{EntryAnchor, ListPosition, anchors, position},
    },
    world::{JournalEntry, World},
};

/// Anchors of the entries that the list shows, newest first.
pub(super) fn shown(model: &Model, world: &World, now: Time) -> Vec<EntryAnchor> {
    anchors(&model.shown(world, now).0.journal, model.filter())
}

/// The selected entry, or the newest if none is selected. `None` if the list is empty.
pub(super) fn selected<'a>(model: &'a Model, world: &'a World, now: Time) -> Option<&'a JournalEntry> {
    let anchors = shown(model, world, now);
    let anchor = match model.list_position {
        ListPosition::Follow => anchors.first(),
        ListPosition::At { cursor, .. } => anchors.get(position(&anchors, cursor)),
    };
    model.shown(world, now).0.journal.get(anchor?.id)
}
