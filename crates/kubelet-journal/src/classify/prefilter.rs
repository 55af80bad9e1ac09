//! Which lines can speak of a failed call at all: a search for a dozen short words over as many bytes as there are.
//!
//! A line without any of them is never about the control plane, whatever else it says, so a reader that only counts failures may pass it
//! over unread (`tests/it/analyze_sieve.rs` holds that against every sentence that the reader knows). The other direction is not promised:
//! most lines that fall through the sieve are ordinary.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind, StartKind};

/// Pieces of the words in which failures are told: failed, error, unable; a URL; logrus' and zap's level; the few sentences that have none of
/// these; and the files that speak of little
/// else, whose lines a terminal may have wrapped in the middle of a word.
///
/// Their order says nothing, but it decides which of them share a bucket of the search: this one, found by trial, takes half the time of the one
/// by meaning. Words in full are quicker than their rarer ends where they are in capitals.
const WORDS: [&str; 27] = [
    "ould not",
    "rror",
    "ouldn't",
    "://",
    "event.go:",
    "watch stream",
    "ailed",
    "nable",
    "ejected",
    "forbidden",
    "cannot create",
    "No valid client",
    "from API server",
    "It has been ",
    "level=",
    "\"level\"",
    "WARN[",
    "roller.go:",
    " ended with",
    "_status.go:",
    "DEBU[",
    "cate_manager.go:",
    "INFO[",
    "flector.go:",
    "ERRO[",
    "FATA[",
    "atus_manager.go:",
];

static WORD: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostFirst).start_kind(StartKind::Unanchored).build(WORDS).ok()
});

/// The first place at or after `from` that can belong to a line about a failed call.
#[must_use]
pub fn sift(bytes: &[u8], from: usize) -> Option<usize> {
    let Some(word) = &*WORD else { return (from < bytes.len()).then_some(from) };
    word.find(aho_corasick::Input::new(bytes).range(from.min(bytes.len())..)).map(|found| found.start())
}
