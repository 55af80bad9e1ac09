//! The lock and the intent on disk, each within a bound: a disk that does not answer delays no restore.

use std::{
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::state::{LockState, RestorePolicy, Supervisor};
use crate::guard::{
    intent::{Intent, IntentError},
    intent_lock::IntentLock,
    protocol::GuardReport,
};

/// Time that the disk gets for one operation; after that the operator is asked to agree to a fault without an intent.
const DISK_TIMEOUT: Duration = Duration::from_secs(3);

/// Attempts to take the lock: that of a guard that was killed a moment ago is released with the last of its files.
const LOCK_ATTEMPTS: u32 = 5;

/// Interval between two attempts to take the lock.
const LOCK_RETRY_INTERVAL: Duration = Duration::from_millis(100);

impl Supervisor {
    /// Takes the lock on the cluster's intent, and returns the report of the result. A disk that does not answer counts
    /// as one that cannot be written.
    pub(super) async fn take_lock(&mut self) -> GuardReport {
        let ready = |intent_fails: Option<String>, watched_by| GuardReport::Ready {
            pid: process::id(),
            intent_fails,
            watched_by,
        };
        if self.policy == RestorePolicy::Leave {
            return ready(None, None);
        }
        let mut attempts = 1;
        loop {
            match self.try_lock().await {
                Ok(lock) => {
                    self.lock = LockState::Held { _lock: lock };
                    return ready(None, None);
                }
                Err(IntentError::Watched { .. }) if attempts < LOCK_ATTEMPTS => sleep(LOCK_RETRY_INTERVAL).await,
                Err(IntentError::Watched { pid, .. }) => {
                    self.lock = LockState::HeldByOther;
                    return ready(None, Some(pid));
                }
                Err(error) => return ready(Some(error.to_string()), None),
            }
            attempts += 1;
        }
    }

    async fn try_lock(&self) -> Result<IntentLock, IntentError> {
        let cluster = self.assignment.cluster.name.clone();
        on_disk(self.folder.clone(), move |folder| IntentLock::take(folder, &cluster)).await
    }

    /// Drops the claim, deletes the intent, releases the lock, and reports that nothing is outstanding any more.
    pub(super) async fn settle(&mut self, reason: &str) {
        self.claim = None;
        // the preparation of a fault may still write the intent: its end settles once more
        if matches!(self.lock, LockState::Held { .. }) && !self.activity.is_preparing() {
            let cluster = self.assignment.cluster.name.clone();
            let deleted = on_disk(self.folder.clone(), move |folder| {
                Intent::delete(folder, &cluster);
                Ok(())
            });
            if let Err(error) = deleted.await {
                tracing::warn!("{error}");
            }
            // before the report, because the next guard may start at once
            self.lock = LockState::Free;
        }
        self.reports.send(GuardReport::Settled { reason: reason.to_owned() });
        self.set_settled();
    }
}

/// Runs `job` with the state directory on a thread of its own, for [`DISK_TIMEOUT`] at most.
///
/// # Errors
/// There is no state directory, the disk does not answer in time, or the error of `job`.
pub(super) async fn on_disk<T: Send + 'static>(
    folder: Option<PathBuf>,
    job: impl FnOnce(&Path) -> Result<T, IntentError> + Send + 'static,
) -> Result<T, IntentError> {
    let folder = folder.ok_or(IntentError::NoFolder)?;
    let path = folder.clone();
    match timeout(DISK_TIMEOUT, spawn_blocking(move || job(&folder))).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) | Err(_) => Err(IntentError::Silent { path }),
    }
}
