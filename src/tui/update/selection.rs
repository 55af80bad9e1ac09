//! The entries shown in the list, and the selected one.

use crate::{
    observation::Time,
    tui::model::{
        Model,
        list::{EntryAnchor, ListPosition, anchors, position},
    },
    world::{JournalEntry, World},
};

/// The anchors of all shown entries.
pub(super) fn shown(model: &Model, world: &World, now: Time) -> Vec<EntryAnchor> {
    anchors(&model.shown(world, now).0.journal, model.filter())
}

/// The entry that `Enter` opens: the selected one, or the newest.
pub(super) fn selected<'a>(model: &'a Model, world: &'a World, now: Time) -> Option<&'a JournalEntry> {
    let anchors = shown(model, world, now);
    let anchor = match model.list_position {
        ListPosition::Follow => anchors.first(),
        ListPosition::At { cursor, .. } => anchors.get(position(&anchors, cursor)),
    };
    model.shown(world, now).0.journal.get(anchor?.id)
}
