//! The map of the crate.

pub mod clock;
pub mod feed;
pub mod kubelet;
pub mod observation;
pub mod tui;
pub mod world;
