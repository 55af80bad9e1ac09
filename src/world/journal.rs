//! The kubelets' journals: a bounded list of entries, the lanes of the failure ladder, and the retry loops.
//!
//! A line is parsed once, in [`Journal::add_line`]; lanes and retry loops fold the [`JournalFact`] that results. Which
//! outage a line belongs to is decided in [`super::outage`].

mod entries;
mod fact;
mod histogram;
mod lanes;
mod retries;

pub use entries::{ENTRIES_KEPT, Journal, JournalEntry, WorkerJournal};
pub use fact::JournalFact;
pub use histogram::Histogram;
pub use lanes::{Lane, LaneId, LaneSpan, Lanes};
pub use retries::{GAPS_KEPT, Retries, RetryLoop, RetryLoopId};
