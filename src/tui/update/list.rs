//! The list of entries: which ones the filter lets through, and which one is selected.
//!
//! An entry is named by its number, so a place in the list stays where it is while others arrive or leave.

use super::{Anchor, Model, Place};
use crate::{
    observation::Time,
    world::{Journal, JournalEntry, World},
};

/// The entries that the filter lets through, newest first.
pub(crate) fn matching<'a>(journal: &'a Journal, filter: &'a str) -> impl Iterator<Item = &'a JournalEntry> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    journal.newest_first().filter(move |entry| words.iter().all(|word| holds(entry, word)))
}

/// Whether an entry holds a word, anywhere that a person can see.
fn holds(entry: &JournalEntry, word: &str) -> bool {
    let plain = [entry.activity.as_str(), entry.symptom.as_str()];
    plain.iter().any(|text| text.contains(word))
        || contains(&entry.worker, word)
        || entry.resource.as_deref().is_some_and(|resource| contains(resource, word))
        || contains(&entry.message, word)
}

/// Whether a text holds a lower-case word, whatever its own case; no allocation for the usual ASCII.
fn contains(text: &str, word: &str) -> bool {
    if !text.is_ascii() || !word.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    text.as_bytes().windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The entries that the filter lets through, newest first, as anchors.
pub(crate) fn anchors(journal: &Journal, filter: &str) -> Vec<Anchor> {
    matching(journal, filter).map(|entry| Anchor { id: entry.id, first: entry.first }).collect()
}

/// Where an anchor stands among those shown: itself, else the next older one, else the last.
pub(crate) fn position(shown: &[Anchor], anchor: Anchor) -> usize {
    shown
        .iter()
        .position(|other| other.id == anchor.id)
        .unwrap_or_else(|| shown.partition_point(|other| other.first > anchor.first).min(shown.len().saturating_sub(1)))
}

/// The anchors of all shown entries.
pub(super) fn shown(model: &Model, world: &World, now: Time) -> Vec<Anchor> {
    anchors(&model.shown(world, now).0.journal, model.filter())
}

/// The entry that `Enter` opens: the selected one, or the newest.
pub(super) fn selected<'a>(model: &'a Model, world: &'a World, now: Time) -> Option<&'a JournalEntry> {
    let anchors = shown(model, world, now);
    let anchor = match model.place {
        Place::Follow => anchors.first(),
        Place::At { cursor, .. } => anchors.get(position(&anchors, cursor)),
    };
    model.shown(world, now).0.journal.get(anchor?.id)
}

/// Moves the cursor by rows and keeps it on a page of `height` rows.
pub(super) fn step(place: Place, shown: &[Anchor], rows: i64, height: usize) -> Place {
    let Some(last) = shown.len().checked_sub(1) else { return Place::Follow };
    let (top, cursor) = match place {
        // the first step down selects the newest entry, where the eye is
        Place::Follow if rows <= 0 => return Place::Follow,
        Place::Follow => (0, -1),
        Place::At { top, cursor } => (position(shown, top), position(shown, cursor) as i64),
    };
    let target = cursor + rows;
    if target < 0 {
        return Place::Follow;
    }
    let cursor = (target as usize).min(last);
    let lowest = cursor.saturating_sub(height.max(1) - 1);
    let top = top.clamp(lowest, cursor);
    Place::At { top: shown[top], cursor: shown[cursor] }
}
