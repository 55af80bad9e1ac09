//! The map of the crate.

pub mod clock;
pub mod engine;
pub mod fault;
pub mod feed;
pub mod kubelet;
pub mod observation;
pub mod source;
