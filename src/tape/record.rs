//! Writes a tape while the show goes on.
//!
//! A recorder can never slow or stop the session: it has a thread of its own behind a bounded channel, and what does
//! not fit is counted, not waited for. The first error ends the recording, is said once, and nothing else.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{Header, Written};
use crate::{
    observation::{Stamped, Time},
    output,
};

/// Observations that may wait for a slow disk.
const QUEUE: usize = 8_192;

/// How long a line may stay in memory: what a power loss can take.
const FLUSH: Duration = Duration::from_millis(500);

/// A tape could not be begun or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Its file could not be made.
    #[error("the tape {} cannot be made: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its thread could not be started.
    #[error("the recorder cannot start: {0}")]
    Thread(#[source] io::Error),
}

/// How a recording is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// It is written.
    On {
        /// Observations that the disk was too slow for.
        lost: u64,
    },
    /// It ended with an error: one line for a person.
    Failed(String),
}

/// A recording under way. Dropping it writes what is still in memory.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    queue: Option<SyncSender<Stamped>>,
    lost: Arc<AtomicU64>,
    failure: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Begins a tape at `path`; what was there is overwritten.
    pub fn start(path: &Path, header: &Header) -> Result<Self, RecordError> {
        let create = |source| RecordError::Create { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(create)?;
        }
        let mut file = BufWriter::new(File::create(path).map_err(create)?);
        serde_json::to_writer(output::json(&mut file), header).map_err(io::Error::from).map_err(create)?;
        file.write_all(b"\n").and_then(|()| file.flush()).map_err(create)?;
        let (queue, received) = sync_channel(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let (failed, started, tape) = (Arc::clone(&failure), header.started, path.to_owned());
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || {
                let there = || tape.try_exists().unwrap_or(true);
                if let Err(error) = write(&mut file, started, &received, there)
                    && let Ok(mut failed) = failed.lock()
                {
                    *failed = Some(format!("the tape {} is not written any more: {error}", tape.display()));
                }
            })
            .map_err(RecordError::Thread)?;
        Ok(Self { path: path.to_owned(), queue: Some(queue), lost: Arc::default(), failure, thread: Some(thread) })
    }

    /// Where the tape is.
    pub fn path(&self) -> &Path {
        &self.path
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
        match self.failure.lock().ok().and_then(|failure| failure.clone()) {
            Some(error) => Recording::Failed(error),
            None => Recording::On { lost: self.lost.load(Ordering::Relaxed) },
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // a panic of the thread has been told by the hook
            let _panicked = thread.join();
        }
    }
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
