//! The map of the crate.

pub mod clock;
pub mod feed;
pub mod kubelet;
pub mod observation;
pub mod report;
pub mod tape;
pub mod world;
