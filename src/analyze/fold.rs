//! From hits to outages: times, workers and counts, line by line and in order.
//!
//! | file | subject |
//! |---|---|
//! | `input_summary` | everything that is kept of one input |
//! | `worker_state` | the outages and the version of one worker |
//! | `excerpt` | lines that are quoted as evidence |
//! | `analysis` | all inputs together |
//! | `outages` | outages of several workers that are one |
//! | `filter`, `time_bound` | `--since`, `--until`, `--worker`, `--lane` |
//! | `filter_hint` | what an input contains, for a filter that matches nothing |
//! | `line_reader` | every line of an input one after the other, for JSON lines and tapes |

pub(super) mod analysis;
pub(super) mod excerpt;
pub(super) mod filter;
pub(super) mod filter_hint;
pub(super) mod input_summary;
pub(super) mod line_reader;
pub(super) mod outages;
pub(super) mod time_bound;
mod worker_state;
