//! The score card of an outage: its length, its steps, what worked and what did not, and the lines that prove it.
//!
//! A pure value of an outage and of the world it is in. What was not probed is unknown here, never a success.

mod attribution;
mod card;
mod claims;
mod evidence;
mod lanes;
mod moments;
mod steps;

pub use attribution::{Actor, Attribution, CauseSource};
pub use card::{Availability, ScoreCard};
pub use claims::{Claim, Finding};
pub use evidence::EvidenceLine;
pub use lanes::{LaneScore, RetryGap, SpanScore};
pub use steps::{ReachedStep, step_name};
