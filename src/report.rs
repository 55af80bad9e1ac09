//! Files about a run: the report as Markdown and JSON, the story line by line, pictures and casts of the screen.
//!
//! Each is made of a world or of a drawn screen. Nothing here asks a source or reads a clock.

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
