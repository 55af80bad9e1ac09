//! Records a tape while the session runs.
//!
//! Recording never delays the session: a thread of its own creates, writes and closes the file behind a bounded queue,
//! and observations for which the queue has no room are counted. The first error ends the recording and is reported
//! once. A disk that does not answer blocks that thread alone; waiting for the end of the file has a time-out.

mod error;
mod stage;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

pub use error::RecordError;

use stage::{RecorderStage, SharedStage};
use writer::{TapeDestination, record};

use super::{folder::TapeFolder, header::TapeHeader, private_file::Overwrite};
use crate::observation::Stamped;

/// Observations that the queue holds for a slow disk.
const QUEUE: usize = 8_192;

/// Time for which dropping a recorder waits for the end of the file.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// How a recording is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecorderStatus {
    /// The file is being created; observations wait in the queue.
    Opening,
    /// The file is open, and observations are written.
    On {
        /// Number of observations that were lost because the disk was too slow.
        lost: u64,
    },
    /// The recording ended with this error, one line for a person.
    Failed(String),
}

/// A recording under way. Dropping it waits up to 1 s for the end of the file.
#[derive(Debug)]
pub struct Recorder {
    /// `None` once the recording has ended.
    queue: Option<SyncSender<Stamped>>,
    lost: Arc<AtomicU64>,
    stage: SharedStage,
    closing: Option<ClosingTape>,
}

/// A tape that is being closed: the thread writes what is left in the queue.
#[derive(Debug)]
pub struct ClosingTape {
    path: PathBuf,
    /// Disconnected when the thread ends.
    thread_ended: Receiver<()>,
    stage: SharedStage,
}

impl Recorder {
    /// Begins a tape at `path`, with mode 0600.
    ///
    /// # Errors
    ///
    /// If the thread can't be started. That the file can't be created is reported by [`Self::status`].
    pub fn start(path: &Path, header: &TapeHeader, overwrite: Overwrite) -> Result<Self, RecordError> {
        Self::begin(path.to_owned(), header.clone(), TapeDestination::File(overwrite))
    }

    /// Begins a tape in `folder`, and deletes the oldest tapes there.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_in(folder: &TapeFolder, header: &TapeHeader) -> Result<Self, RecordError> {
        let path = folder.path_for(header.started, &header.cluster);
        Self::begin(path, header.clone(), TapeDestination::Folder(folder.clone()))
    }

    fn begin(path: PathBuf, header: TapeHeader, destination: TapeDestination) -> Result<Self, RecordError> {
        let (queue, received) = sync_channel(QUEUE);
        let (ending, thread_ended) = sync_channel(0);
        let stage = SharedStage::default();
        let (written_stage, tape) = (stage.clone(), path.clone());
        std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || {
                let _dropped_at_the_end: SyncSender<()> = ending;
                if let Err(error) = record(&tape, &header, &destination, &received, &written_stage) {
                    written_stage.set(RecorderStage::Failed(error));
                }
            })
            .map_err(RecordError::Thread)?;
        let closing = ClosingTape { path, thread_ended, stage: stage.clone() };
        Ok(Self { queue: Some(queue), lost: Arc::default(), stage, closing: Some(closing) })
    }

    /// Records an observation, without waiting. It is lost if the queue is full.
    pub fn record(&mut self, stamped: Stamped) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(stamped) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            // the thread has ended with an error, which `status` reports
            Err(TrySendError::Disconnected(_)) => self.queue = None,
        }
    }

    /// Returns how the recording is doing.
    pub fn status(&self) -> RecorderStatus {
        match &*self.stage.lock() {
            RecorderStage::Opening => RecorderStatus::Opening,
            RecorderStage::Open => RecorderStatus::On { lost: self.lost.load(Ordering::Relaxed) },
            RecorderStage::Failed(error) => RecorderStatus::Failed(error.to_string()),
        }
    }

    /// Ends the recording without waiting for the file; `None` if it was ended before.
    pub fn close(&mut self) -> Option<ClosingTape> {
        self.queue = None;
        self.closing.take()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(closing) = self.close() {
            // an error is of interest only to a caller of `close`
            let _unreported = closing.wait(DROP_TIMEOUT);
        }
    }
}

impl ClosingTape {
    /// Returns the path of the tape.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the file is complete, but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If the file could not be created or written, or if it is not complete in time.
    pub fn wait(self, timeout: Duration) -> Result<(), RecordError> {
        if self.thread_ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
            return Err(RecordError::Unfinished { path: self.path });
        }
        match std::mem::take(&mut *self.stage.lock()) {
            RecorderStage::Failed(error) => Err(error),
            RecorderStage::Opening | RecorderStage::Open => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_answer_is_reported_after_the_timeout() {
        let (running_thread, thread_ended) = sync_channel(0);
        let closing = ClosingTape { path: "tape.jsonl".into(), thread_ended, stage: SharedStage::default() };
        let error = closing.wait(Duration::from_millis(1)).unwrap_err();
        assert!(matches!(error, RecordError::Unfinished { .. }), "{error}");
        drop(running_thread);
    }
}
