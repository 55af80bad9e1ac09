//! The outages: when each began and ended, what belongs to it, and what probably caused it.

mod diagnosis;
mod operator;
mod outages;
mod probe_results;
mod steps;
pub mod timing;

pub use diagnosis::{Cause, Clue, Diagnosis, JournalCoverage, diagnose};
pub use operator::{ActionInProgress, OperatorState, ScheduledRetry};
pub use outages::Outages;
pub use probe_results::{LatestProbes, PodRestarts, ProbeResults, SchedulerLease, WorkerContainers, WriteResults};
pub use steps::{DetectedBy, Outage, OutageSteps};
pub use timing::JOURNAL_GAP;
