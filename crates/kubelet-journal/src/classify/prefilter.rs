//! A filter for bytes: finds the lines that can report a failed call at all, before any of them is parsed.
//!
//! A line without any of the words is never about the control plane, so a reader that only counts failures may skip it
//! (`tests/it/prefilter.rs` holds this against every message and cause that the reader knows). Most lines that pass are
//! ordinary.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind, StartKind};

/// Parts of the words in which failures are reported: failed, error, unable; a URL; the levels of logrus and zap; the
/// few messages without any of these; and files that write of little else, whose lines a terminal may have wrapped
/// inside of a word.
///
/// Their order has no meaning, but decides which words share a bucket of the search; this one, found by trial, takes
/// half the time of an order by meaning. Whole words are faster than their rarer ends if they are in capitals.
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

static SEARCHER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostFirst).start_kind(StartKind::Unanchored).build(WORDS).ok()
});

/// Returns the first index, `from` or later, that can belong to a line about a failed call; `None` if there is none.
#[must_use]
#[inline]
pub fn find_candidate(bytes: &[u8], from: usize) -> Option<usize> {
    let Some(searcher) = &*SEARCHER else { return (from < bytes.len()).then_some(from) };
    searcher.find(aho_corasick::Input::new(bytes).range(from.min(bytes.len())..)).map(|found| found.start())
}
