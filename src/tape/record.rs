//! Writes a tape while the show goes on.
//!
//! A recorder can never slow or stop the session: its thread opens, writes and closes the file behind a bounded channel,
//! and what does not fit is counted, not waited for. The first error ends the recording, is said once, and nothing else.
//! A disk that does not answer keeps that thread, and nobody who waits for it longer than he said.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

use super::{
    Header, Shelf, Written,
    file::{Overwrite, create_private, create_private_folder},
};
use crate::{
    observation::{Stamped, Time},
    output,
};

/// Observations that may wait for a slow disk.
const QUEUE: usize = 8_192;

/// How long a line may stay in memory: what a power loss can take.
const FLUSH: Duration = Duration::from_millis(500);

/// Time that a dropped recorder gets for what is still in memory.
const DROPPED: Duration = Duration::from_secs(1);

/// A tape could not be begun or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Its file could not be made.
    #[error("the tape {} cannot be made: {source}", path.display())]
    Create {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was begun, and cannot be written any more.
    #[error("the tape {} is not written any more: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its disk does not answer.
    #[error("the tape {} lacks its end: its disk has not answered in time", path.display())]
    Unfinished {
        /// Path of the file.
        path: PathBuf,
    },
    /// Its thread could not be started.
    #[error("the recorder cannot start: {0}")]
    Thread(#[source] io::Error),
}

/// How a recording is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// Its file is being opened; what is said meanwhile waits.
    Opening,
    /// It is written.
    On {
        /// Observations that the disk was too slow for.
        lost: u64,
    },
    /// It ended with an error: one line for a person.
    Failed(String),
}

/// What the thread has come to.
#[derive(Debug, Default)]
enum Stage {
    #[default]
    Opening,
    Open,
    Failed(RecordError),
}

/// A recording under way. Dropping it writes what is still in memory, within [`DROPPED`].
#[derive(Debug)]
pub struct Recorder {
    queue: Option<SyncSender<Stamped>>,
    lost: Arc<AtomicU64>,
    stage: Arc<Mutex<Stage>>,
    end: Option<TapeEnd>,
}

/// The end of a recording: the file is written and closed meanwhile.
#[derive(Debug)]
pub struct TapeEnd {
    path: PathBuf,
    /// Closed by the end of the thread.
    ended: Receiver<()>,
    stage: Arc<Mutex<Stage>>,
}

impl Recorder {
    /// Begins a tape at `path`, for its owner alone; what was there is replaced only if `overwrite` says so.
    ///
    /// # Errors
    /// The system refuses a thread. That the file cannot be created is told by [`Self::state`].
    pub fn start(path: &Path, header: &Header, overwrite: Overwrite) -> Result<Self, RecordError> {
        Self::begin(path.to_owned(), header.clone(), Kind::File(overwrite))
    }

    /// Begins a tape on `shelf`, and deletes the oldest ones there.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn on_shelf(shelf: &Shelf, header: &Header) -> Result<Self, RecordError> {
        Self::begin(shelf.place(header.started, &header.cluster), header.clone(), Kind::OnShelf(shelf.clone()))
    }

    fn begin(path: PathBuf, header: Header, kind: Kind) -> Result<Self, RecordError> {
        let (queue, received) = sync_channel(QUEUE);
        let (ending, ended) = sync_channel(0);
        let stage = Arc::new(Mutex::new(Stage::default()));
        let (told, tape) = (Arc::clone(&stage), path.clone());
        std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || {
                let _until_the_end = ending;
                if let Err(error) = record(&tape, &header, &kind, &received, &told) {
                    *lock(&told) = Stage::Failed(error);
                }
            })
            .map_err(RecordError::Thread)?;
        let end = TapeEnd { path, ended, stage: Arc::clone(&stage) };
        Ok(Self { queue: Some(queue), lost: Arc::default(), stage, end: Some(end) })
    }

    /// Puts one observation on the tape; never waits.
    pub fn record(&mut self, stamped: Stamped) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(stamped) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            // the thread has ended with an error, which `state` tells
            Err(TrySendError::Disconnected(_)) => self.queue = None,
        }
    }

    /// How it is doing.
    pub fn state(&self) -> Recording {
        match &*lock(&self.stage) {
            Stage::Opening => Recording::Opening,
            Stage::Open => Recording::On { lost: self.lost.load(Ordering::Relaxed) },
            Stage::Failed(error) => Recording::Failed(error.to_string()),
        }
    }

    /// Ends the tape. `None` if that was done before.
    pub fn close(&mut self) -> Option<TapeEnd> {
        self.queue = None;
        self.end.take()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(end) = self.close() {
            // whoever wants to know closes it
            let _unfinished = end.wait(DROPPED);
        }
    }
}

impl TapeEnd {
    /// Path of the tape.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the file is whole, `patience` at most.
    ///
    /// # Errors
    /// The file could not be made or written, or its disk does not answer: the tape has no end.
    pub fn wait(self, patience: Duration) -> Result<(), RecordError> {
        match self.ended.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => Err(RecordError::Unfinished { path: self.path }),
            _ => match std::mem::take(&mut *lock(&self.stage)) {
                Stage::Failed(error) => Err(error),
                Stage::Opening | Stage::Open => Ok(()),
            },
        }
    }
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a tape goes.
#[derive(Debug)]
enum Kind {
    /// To a file that somebody named.
    File(Overwrite),
    /// Among the tapes of earlier runs.
    OnShelf(Shelf),
}

/// The whole life of a tape.
fn record(
    path: &Path,
    header: &Header,
    kind: &Kind,
    queue: &Receiver<Stamped>,
    stage: &Mutex<Stage>,
) -> Result<(), RecordError> {
    let begun = create(path, kind).map(BufWriter::new).and_then(|mut file| {
        serde_json::to_writer(output::json(&mut file), header)?;
        file.write_all(b"\n")?;
        file.flush()?;
        Ok(file)
    });
    let mut file = begun.map_err(|source| RecordError::Create { path: path.to_owned(), source })?;
    *lock(stage) = Stage::Open;
    if let Kind::OnShelf(shelf) = kind
        && let Err(error) = shelf.tidy(path)
    {
        tracing::warn!("an old tape cannot be deleted: {error}");
    }
    let there = || path.try_exists().unwrap_or(true);
    write(&mut file, header.started, queue, there)
        .map_err(|source| RecordError::Write { path: path.to_owned(), source })
}

/// Creates the file and its folder, for their owner alone.
fn create(path: &Path, kind: &Kind) -> io::Result<File> {
    let overwrite = match kind {
        Kind::OnShelf(shelf) => {
            shelf.prepare()?;
            Overwrite::No
        }
        Kind::File(overwrite) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                create_private_folder(folder)?;
            }
            *overwrite
        }
    };
    create_private(path, overwrite)
}

/// Writes until the queue is closed. The time of the observations tells when to flush while they come, and the queue's
/// silence when they do not. A file that somebody has deleted would be written on for nobody: `there` asks.
fn write(file: &mut impl Write, started: Time, queue: &Receiver<Stamped>, there: impl Fn() -> bool) -> io::Result<()> {
    let mut flushed = started;
    let mut newest = started;
    loop {
        let Stamped { at, observation } = match queue.recv_timeout(FLUSH) {
            Ok(stamped) => stamped,
            Err(RecvTimeoutError::Timeout) => {
                flush(file, &there)?;
                // nothing is in memory now: sleep until there is something again
                match queue.recv() {
                    Ok(stamped) => stamped,
                    Err(_closed) => return file.flush(),
                }
            }
            Err(RecvTimeoutError::Disconnected) => return file.flush(),
        };
        // two sources on two threads may enter the channel in another order than they were stamped, by a millisecond;
        // the world takes such a time for that of the one before, and so does the tape
        newest = newest.max(at);
        serde_json::to_writer(
            output::json(&mut *file),
            &Written { t: (newest - started).num_milliseconds(), o: &observation },
        )?;
        file.write_all(b"\n")?;
        if (at - flushed).to_std().is_ok_and(|since| since >= FLUSH) {
            flush(file, &there)?;
            flushed = at;
        }
    }
}

fn flush(file: &mut impl Write, there: impl Fn() -> bool) -> io::Result<()> {
    file.flush()?;
    if there() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::NotFound, "somebody has deleted it")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_answer_is_told_and_not_waited_for() {
        let (disk, ended) = sync_channel(0);
        let end = TapeEnd { path: "tape.jsonl".into(), ended, stage: Arc::default() };
        let error = end.wait(Duration::from_millis(1)).unwrap_err();
        assert!(matches!(error, RecordError::Unfinished { .. }), "{error}");
        drop(disk);
    }
}
