//! Bounded channel from the sources to the session, which stamps each observation with session time.
//!
//! One channel gives one order, so that a tape of it is the run. State is never dropped: a source waits for room. Only
//! journal lines may be dropped, in whole batches, and their source counts them.

mod channel;
mod journal_batch;

pub use channel::{CAPACITY, Feed, FeedClosed, TrySendBatchError};
pub use journal_batch::JournalBatch;
