//! The outages: when each began and ended, what belongs to it, and what probably caused it.
//!
//! `state` and `transitions` hold the state machine of one outage, `record` what was counted while it lasted, `outages`
//! the list and one function for each kind of observation. `line_owner` decides which outage a journal line belongs to.
//! `probe_results` and `operator` fold blackout's own probes and the operator's faults. `diagnosis` guesses the cause
//! from the failure ladder (`ladder`, `cause`, `clues`).

mod cause;
mod clues;
mod diagnosis;
mod ladder;
mod line_owner;
mod operator;
mod outages;
mod probe_results;
mod record;
mod state;
mod steps;
pub mod timing;
mod transitions;

pub use cause::Cause;
pub use clues::Clue;
pub use diagnosis::{Diagnosis, JournalCoverage, diagnose};
pub use operator::{ActionInProgress, OperatorState, ScheduledRetry};
pub(in crate::world) use outages::ClusterStatus;
pub use outages::Outages;
pub use probe_results::{
    ContainerSet, LatestProbes, PodRestarts, ProbeResults, SchedulerLease, WorkerContainers, WriteResults,
};
pub use record::Outage;
pub use state::{Open, OutageState, Recovering, Requested};
pub(in crate::world) use steps::takes_down;
pub use steps::{ConfirmedBy, DownSteps, OutageSteps, RestoreSteps};
pub use timing::JOURNAL_GAP;

#[cfg(test)]
mod tests;
