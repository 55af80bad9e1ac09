//! The restore of one control plane: attempts with a backoff until `/readyz` answers 200.
//!
//! One attempt runs at a time. A fault that may be in progress is waited for before anything is undone; if the engine
//! never answered it, the container is watched for one more grace period. A change by somebody else is not undone.
//! Bounds are measured in the time that the machine is awake, as the engine measures its own. Writes no file: the
//! intent is the supervisor's.

mod attempt;
mod error;
mod job;
pub(super) mod timing;

pub use error::RestoreError;
pub(super) use job::{RestoreJob, RestoreOutcome, RestoreTrigger};
