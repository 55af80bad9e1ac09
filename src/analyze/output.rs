//! The answers of an analysis.
//!
//! | file | format |
//! |---|---|
//! | `text` | text for a person, in 80 columns |
//! | `json` | one object for all inputs |
//! | `jsonl` | one object for each line |
//! | `to_tape` | journal lines with their times, for a tape |

pub(super) mod json;
mod json_time;
pub(super) mod jsonl;
pub(super) mod text;
pub(super) mod to_tape;
