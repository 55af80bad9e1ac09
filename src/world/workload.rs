//! The workload: requests to httpbin through each worker's NodePort, and the tallies made of them.

mod tally;
mod traffic;

pub use tally::Tally;
pub use traffic::{SLOTS_KEPT, Traffic, TrafficSlot, WorkerTraffic};
