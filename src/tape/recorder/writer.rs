//! The recorder's thread: creates the file, writes the observations of the queue, and flushes them in time.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use super::{
    error::RecordError,
    stage::{RecorderStage, SharedStage},
};
use crate::{
    observation::{Stamped, Time},
    tape::{
        folder::TapeFolder,
        header::TapeHeader,
        line::{write_json, write_observation},
        private_file::{Overwrite, create_private, create_private_folder},
    },
};

/// Longest time for which a line stays in the buffer: what the end of the process can cost.
const FLUSH_INTERVAL: Duration = Duration::from_millis(500);

/// Where a tape is recorded.
#[derive(Debug)]
pub(super) enum TapeDestination {
    /// A file that the user has named.
    File(Overwrite),
    /// The folder of the tapes of live runs.
    Folder(TapeFolder),
}

/// Records a tape at `path` until the queue is closed.
///
/// # Errors
///
/// If the file can't be created or written.
pub(super) fn record(
    path: &Path,
    header: &TapeHeader,
    destination: &TapeDestination,
    queue: &Receiver<Stamped>,
    stage: &SharedStage,
) -> Result<(), RecordError> {
    let created = create(path, destination).map(BufWriter::new).and_then(|mut file| {
        write_json(&mut file, header)?;
        file.flush()?;
        Ok(file)
    });
    let mut file = created.map_err(|source| RecordError::Create { path: path.to_owned(), source })?;
    stage.set(RecorderStage::Open);
    if let TapeDestination::Folder(folder) = destination
        && let Err(error) = folder.delete_old(path)
    {
        tracing::warn!("an old tape cannot be deleted: {error}");
    }
    let exists = || path.try_exists().unwrap_or(true);
    write_all(&mut file, header.started, queue, exists)
        .map_err(|source| RecordError::Write { path: path.to_owned(), source })
}

/// Creates the file and its folder for their owner alone.
fn create(path: &Path, destination: &TapeDestination) -> io::Result<File> {
    let overwrite = match destination {
        TapeDestination::Folder(folder) => {
            folder.create()?;
            Overwrite::No
        }
        TapeDestination::File(overwrite) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                create_private_folder(folder)?;
            }
            *overwrite
        }
    };
    create_private(path, overwrite)
}

/// Writes observations until the queue is closed. Flushes by the time of the observations while they come, and when the
/// queue was empty for [`FLUSH_INTERVAL`]. Each flush checks that the file still `exists`.
fn write_all(
    file: &mut impl Write,
    started: Time,
    queue: &Receiver<Stamped>,
    exists: impl Fn() -> bool,
) -> io::Result<()> {
    let mut flushed = started;
    let mut newest = started;
    loop {
        let Stamped { at, observation } = match queue.recv_timeout(FLUSH_INTERVAL) {
            Ok(stamped) => stamped,
            Err(RecvTimeoutError::Timeout) => {
                flush(file, &exists)?;
                // the buffer is empty, so there is nothing to flush until the next observation
                match queue.recv() {
                    Ok(stamped) => stamped,
                    Err(_closed) => return file.flush(),
                }
            }
            Err(RecvTimeoutError::Disconnected) => return file.flush(),
        };
        // sources on two threads may enter the channel by 1 ms in another order than they were stamped; the world takes
        // an earlier time for that of the observation before, and so does the tape
        newest = newest.max(at);
        write_observation(file, started, newest, &observation)?;
        if (at - flushed).to_std().is_ok_and(|since| since >= FLUSH_INTERVAL) {
            flush(file, &exists)?;
            flushed = at;
        }
    }
}

fn flush(file: &mut impl Write, exists: impl Fn() -> bool) -> io::Result<()> {
    file.flush()?;
    if exists() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::NotFound, "the file was deleted")) }
}
