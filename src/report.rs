//! What can be taken home from a run.
//!
//! A report is made of a world or of a drawn screen; it asks no source and reads no clock.

pub mod story;
pub mod svg;
