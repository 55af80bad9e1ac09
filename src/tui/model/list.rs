//! The list of journal entries: filter, position, and the arithmetic of moving through it.
//!
//! An entry is identified by its number, so a position stays on its entry while others arrive or leave.

use crate::{
    observation::Time,
    world::{Journal, JournalEntry},
};

/// Reference to an entry that still has a place in the list after the entry is evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryAnchor {
    /// Number of the entry, unique in its journal.
    pub id: u64,
    /// Time of its first line, by which the list is ordered.
    pub first: Time,
}

/// Position in the list of entries. It refers to entries, not to rows, so it stays while others arrive above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListPosition {
    /// At the top, following the newest entry.
    #[default]
    Follow,
    /// Scrolled by the operator.
    At {
        /// The entry in the first row.
        top: EntryAnchor,
        /// The entry under the cursor.
        cursor: EntryAnchor,
    },
}

/// Entries that contain every word of the filter, newest first.
pub(crate) fn matching<'a>(journal: &'a Journal, filter: &'a str) -> impl Iterator<Item = &'a JournalEntry> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    journal.newest_first().filter(move |entry| words.iter().all(|word| entry_contains(entry, word)))
}

/// Whether an entry contains a lower-case word in any of its columns or in its message.
fn entry_contains(entry: &JournalEntry, word: &str) -> bool {
    let plain = [entry.activity.as_str(), entry.symptom.as_str()];
    plain.iter().any(|text| text.contains(word))
        || contains_ignoring_case(&entry.worker, word)
        || entry.resource.as_deref().is_some_and(|resource| contains_ignoring_case(resource, word))
        || contains_ignoring_case(&entry.message, word)
}

/// Whether a text contains a lower-case word, ignoring case; allocates only for text that is not ASCII.
fn contains_ignoring_case(text: &str, word: &str) -> bool {
    if !text.is_ascii() || !word.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    text.as_bytes().windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Anchors of the entries that contain every word of the filter, newest first.
pub(crate) fn anchors(journal: &Journal, filter: &str) -> Vec<EntryAnchor> {
    matching(journal, filter).map(|entry| EntryAnchor { id: entry.id, first: entry.first }).collect()
}

/// Index of an anchor among those listed: its own, else that of the next older one, else the last.
pub(crate) fn position(shown: &[EntryAnchor], anchor: EntryAnchor) -> usize {
    shown
        .iter()
        .position(|other| other.id == anchor.id)
        .unwrap_or_else(|| shown.partition_point(|other| other.first > anchor.first).min(shown.len().saturating_sub(1)))
}

/// The position after moving the cursor by `rows`, scrolled so that a page of `height` rows contains the cursor.
pub(crate) fn step(current: ListPosition, shown: &[EntryAnchor], rows: i64, height: usize) -> ListPosition {
    let Some(last) = shown.len().checked_sub(1) else { return ListPosition::Follow };
    let (top, cursor) = match current {
        // the first step down selects the newest entry
        ListPosition::Follow if rows <= 0 => return ListPosition::Follow,
        ListPosition::Follow => (0, -1),
        ListPosition::At { top, cursor } => (position(shown, top), position(shown, cursor) as i64),
    };
    let target = cursor + rows;
    if target < 0 {
        return ListPosition::Follow;
    }
    let cursor = (target as usize).min(last);
    let lowest = cursor.saturating_sub(height.max(1) - 1);
    let top = top.clamp(lowest, cursor);
    ListPosition::At { top: shown[top], cursor: shown[cursor] }
}
