//! What can be taken home from a run.
//!
//! A report is made of a world or of a drawn screen; it asks no source and reads no clock.

pub mod cast;
pub mod document;
pub mod markdown;
pub mod score;
pub mod story;
pub mod svg;

pub use cast::{Cast, IDLE_LIMIT_S};
pub use document::{Report, RunInfo};
pub use markdown::markdown;
pub use score::ScoreCard;
