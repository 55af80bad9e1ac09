//! What a kubelet writes. A stand-in until the reader lands: it knows the words, and reads nothing.

mod activity;
mod severity;
mod symptom;

pub use activity::Activity;
pub use severity::Severity;
pub use symptom::Symptom;

/// Folds the two lines about one failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TwinFold;
