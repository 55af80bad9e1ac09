//! The lock and the intent on disk, each within a bound: a disk that does not answer holds up no restore.

use std::{path::Path, process};

use tokio::time::{sleep, timeout};

use super::{DISK, LOCK_TRIES, LOCK_WAIT, RestorePolicy, Supervisor};
use crate::guard::{GuardReport, Intent, IntentError, IntentLock};

impl Supervisor {
    /// Takes the lock on the cluster's intent. A folder that does not answer counts as one that cannot be written.
    pub(super) async fn take_lock(&mut self) -> GuardReport {
        let ready = |intent_fails: Option<String>, watched_by| GuardReport::Ready {
            pid: process::id(),
            intent_fails,
            watched_by,
        };
        if self.duty == RestorePolicy::Leave {
            return ready(None, None);
        }
        let cluster = self.assignment.cluster.name.clone();
        let mut taken = self.take(&cluster).await;
        let mut tries = 1;
        // the lock of a guard that was killed a moment ago goes with the last of its files
        while matches!(taken, Err(IntentError::Watched { .. })) && tries < LOCK_TRIES {
            sleep(LOCK_WAIT).await;
            taken = self.take(&cluster).await;
            tries += 1;
        }
        match taken {
            Ok(lock) => {
                self.lock = Some(lock);
                ready(None, None)
            }
            Err(IntentError::Watched { pid, .. }) => {
                self.watched = true;
                ready(None, Some(pid))
            }
            Err(error) => ready(Some(error.to_string()), None),
        }
    }

    pub(super) async fn take(&self, cluster: &str) -> Result<IntentLock, IntentError> {
        let cluster = cluster.to_owned();
        self.on_disk(move |folder| IntentLock::take(folder, &cluster)).await
    }

    /// Runs `job` with the state folder on a thread of its own, for three seconds at most.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Path) -> Result<T, IntentError> + Send + 'static,
    ) -> Result<T, IntentError> {
        let folder = self.folder.clone().ok_or(IntentError::NoFolder)?;
        let path = folder.clone();
        match timeout(DISK, tokio::task::spawn_blocking(move || job(&folder))).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) | Err(_) => Err(IntentError::Silent { path }),
        }
    }

    /// Nothing is outstanding any more.
    pub(super) async fn settle(&mut self, reason: &str) {
        self.claim = None;
        if self.lock.is_some() {
            let cluster = self.assignment.cluster.name.clone();
            let deleted = self.on_disk(move |folder| {
                Intent::delete(folder, &cluster);
                Ok(())
            });
            if let Err(error) = deleted.await {
                tracing::warn!("{error}");
            }
            // before it is reported: the next guard may start at once
            self.lock = None;
        }
        self.reporter.send(GuardReport::Settled { reason: reason.to_owned() });
        self.settled = true;
    }
}
