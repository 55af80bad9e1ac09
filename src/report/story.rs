//! The story of a run, change by change: what `--headless` prints instead of drawing.
//!
//! The same observations give the same story, live or replayed, however they were batched. Counts and ages are not
//! changes.

mod builder;
mod change;
mod tracker;

pub use builder::StoryBuilder;
pub use change::{Change, StoryLine};
pub use tracker::ChangeTracker;
