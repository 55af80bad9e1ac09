//! The fold of all observations: the state of the cluster, and the story of its outages.
//!
//! [`World::apply`] is total and synchronous. It never reads a clock, does no I/O and returns no error: the time is an
//! argument, and the same observations in the same order give an equal world, whether they come from live sources, the
//! lab, a tape or journal files. A fact is never dropped because its source fell silent; its age is asked with a `now`
//! ([`Freshness`]).
//!
//! This file only lists the rooms: [`cluster`] (control plane, nodes, pods, sources), [`journal`] (the kubelets'
//! lines), [`outage`] (which outages there were, and why) and [`workload`] (requests to httpbin).

pub mod cluster;
mod fold;
mod footprint;
mod headline;
pub mod journal;
pub mod outage;
mod time_jumps;
pub mod workload;

pub use cluster::{
    CheckStatus, ControlPlane, DownCause, Freshness, Node, Nodes, Phase, Pod, Pods, ReadyzSample, SourceStatus, Sources,
};
pub use fold::{Mark, World};
pub use headline::{Headline, Tone};
pub use journal::{Journal, JournalEntry, JournalFact, Lane, LaneId, LaneSpan, Lanes, RetryLoop, RetryLoopId};
pub use outage::{Cause, ConfirmedBy, Diagnosis, JournalCoverage, Outage, OutageState, Outages, diagnose};
pub use time_jumps::TimeJumps;
pub use workload::{Tally, Traffic, TrafficSlot, WorkerTraffic};

#[cfg(test)]
mod tests;
