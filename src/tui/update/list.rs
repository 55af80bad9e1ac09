//! The list of entries: which ones the filter lets through, and which one is selected.
//!
//! An entry is named by its number, so a place in the list stays where it is while others arrive or leave.

use super::{Model, Place};
use crate::{
    observation::Time,
    world::{Entry, Journal, World},
};

/// The entries that the filter lets through, newest first.
pub(crate) fn matching<'a>(journal: &'a Journal, filter: &'a str) -> impl Iterator<Item = &'a Entry> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    journal.newest_first().filter(move |entry| words.iter().all(|word| holds(entry, word)))
}

/// Whether an entry holds a word, anywhere that a person can see.
fn holds(entry: &Entry, word: &str) -> bool {
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

/// Where an entry stands among those shown: itself, else the next older one, else the last.
pub(crate) fn position(ids: &[u64], id: u64) -> usize {
    ids.partition_point(|other| *other > id).min(ids.len().saturating_sub(1))
}

/// The numbers of all shown entries, newest first.
pub(super) fn ids(model: &Model, world: &World, now: Time) -> Vec<u64> {
    let (shown, _) = model.shown(world, now);
    matching(&shown.journal, model.filter()).map(|entry| entry.id).collect()
}

/// The entry that `Enter` opens: the selected one, or the newest.
pub(super) fn selected<'a>(model: &'a Model, world: &'a World, now: Time) -> Option<&'a Entry> {
    let (shown, _) = model.shown(world, now);
    let ids = ids(model, world, now);
    let id = match model.place {
        Place::Follow => ids.first(),
        Place::At { cursor, .. } => ids.get(position(&ids, cursor)),
    };
    shown.journal.get(*id?)
}

/// Moves the cursor by rows and keeps it on a page of `height` rows.
pub(super) fn step(place: Place, ids: &[u64], rows: i64, height: usize) -> Place {
    let Some(last) = ids.len().checked_sub(1) else { return Place::Follow };
    let (top, cursor) = match place {
        // the first step down selects the newest entry, where the eye is
        Place::Follow if rows <= 0 => return Place::Follow,
        Place::Follow => (0, -1),
        Place::At { top, cursor } => (position(ids, top), position(ids, cursor) as i64),
    };
    let target = cursor + rows;
    if target < 0 {
        return Place::Follow;
    }
    let cursor = (target as usize).min(last);
    let lowest = cursor.saturating_sub(height.max(1) - 1);
    let top = top.clamp(lowest, cursor);
    Place::At { top: ids[top], cursor: ids[cursor] }
}
