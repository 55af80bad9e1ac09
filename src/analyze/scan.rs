//! Finds the lines that matter in chunks, on any number of threads.
//!
//! | file | subject |
//! |---|---|
//! | `pool` | threads that scan chunks side by side and fold them in order |
//! | `chunk_scanner` | from the lines of one chunk to its hits |
//! | `candidates` | which lines are worth parsing: words of failures, and samples |
//! | `chunk_summary` | the hits of a chunk |
//! | `kinds` | numbers for lines that differ only in who wrote them and when |
//!
//! A summary depends on its chunk alone, and not on the chunks before it: order matters only in `fold`.

pub(super) mod candidates;
mod chunk_scanner;
pub(super) mod chunk_summary;
pub(super) mod kinds;
pub(super) mod pool;
