//! The stage of a recording, which its thread sets and the session reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::RecordError;

/// The stage of a recording.
#[derive(Debug, Default)]
pub(super) enum RecorderStage {
    #[default]
    Opening,
    Open,
    Failed(RecordError),
}

/// A stage that the thread and the session share.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedStage(Arc<Mutex<RecorderStage>>);

impl SharedStage {
    pub(super) fn lock(&self) -> MutexGuard<'_, RecorderStage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, stage: RecorderStage) {
        *self.lock() = stage;
    }
}
