//! Reads small regular files that the program does not own: a kubeconfig, a docker context, a certificate.
//!
//! Their paths may name anything: a FIFO blocks until somebody writes, a device may be endless, and a network file
//! system may not answer. So only regular files of a bounded size are read, and [`bounded`] reads them on a thread that
//! nothing waits for longer than [`BOUND`].

use std::{
    fs::{File, FileType, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::sync::Semaphore;

/// Longest wait for one read: 3 s, the time in which the program has to quit.
pub const BOUND: Duration = Duration::from_secs(3);

/// Permits for reading threads: one for each of the eight kinds of source, and as many to spare. On a file system that
/// does not answer each read keeps its thread, so their number is bounded.
static READERS: Semaphore = Semaphore::const_new(16);

/// Error of [`read_regular`]. Its message names the file.
#[derive(Debug, thiserror::Error)]
pub enum SmallFileError {
    /// The file could not be opened or read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The path does not name a regular file.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotRegular {
        /// Path of the file.
        path: PathBuf,
        /// Kind of the file, with its article.
        kind: &'static str,
    },
    /// The file is longer than any valid one.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// Path of the file.
        path: PathBuf,
        /// Longest allowed size, in bytes.
        limit: u64,
    },
}

impl SmallFileError {
    /// Whether the file does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Error of [`bounded`]: the file system did not answer in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file system did not answer within {} s", BOUND.as_secs())]
pub struct SlowFileSystem;

/// Reads a regular file of at most `limit` bytes. Never blocks on a FIFO or a terminal.
///
/// # Errors
///
/// Fails if `path` is missing, unreadable, longer than `limit`, or not a regular file.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, SmallFileError> {
    let failed = |source| SmallFileError::Read { path: path.to_owned(), source };
    let require_regular = |file_type: FileType| match special_kind(file_type) {
        None => Ok(()),
        Some(kind) => Err(SmallFileError::NotRegular { path: path.to_owned(), kind }),
    };
    // Checked before opening too, because opening a device may have an effect.
    require_regular(std::fs::metadata(path).map_err(failed)?.file_type())?;
    let file = open(path).map_err(failed)?;
    require_regular(file.metadata().map_err(failed)?.file_type())?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(SmallFileError::TooLong { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Runs `work`, which reads files, on a blocking thread and waits for it at most [`BOUND`].
///
/// # Errors
///
/// [`SlowFileSystem`] if it takes longer. The thread ends when the file system answers.
pub async fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SlowFileSystem> {
    let reading = async {
        let permit = READERS.acquire().await.or(Err(SlowFileSystem))?;
        let work = move || {
            let _held_until_read = permit;
            work()
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(read) => Ok(read),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            // The runtime is shutting down.
            Err(_cancelled) => Err(SlowFileSystem),
        }
    };
    tokio::time::timeout(BOUND, reading).await.unwrap_or(Err(SlowFileSystem))
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Kind of a file that is not regular, with its article. `None` for a regular file.
fn special_kind(file_type: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if file_type.is_fifo() {
            return Some("a FIFO");
        }
        if file_type.is_socket() {
            return Some("a socket");
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return Some("a device");
        }
    }
    if file_type.is_file() {
        None
    } else if file_type.is_dir() {
        Some("a directory")
    } else {
        Some("something else")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &Path) -> String {
        read_regular(path, 10).unwrap_err().to_string()
    }

    #[test]
    fn a_regular_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(read_regular(&path, 10).unwrap(), b"0123456789");
        let error = read_regular(&path, 9).unwrap_err().to_string();
        assert_eq!(error, format!("{} is longer than 9 bytes", path.display()));
    }

    #[test]
    fn a_link_to_a_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["config", "link"].map(|name| folder.path().join(name));
        std::fs::write(&path, "text").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(read_regular(&link, 10).unwrap(), b"text");
    }

    #[test]
    fn a_missing_file_is_recognized() {
        let error = read_regular(Path::new("/nowhere/config"), 10).unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }

    #[test]
    fn a_file_that_is_not_regular_is_refused_with_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let [fifo, socket] = ["fifo", "socket"].map(|name| folder.path().join(name));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(message(&fifo), format!("{} is a FIFO, not a regular file", fifo.display()));
        assert_eq!(message(&socket), format!("{} is a socket, not a regular file", socket.display()));
        assert_eq!(message(folder.path()), format!("{} is a directory, not a regular file", folder.path().display()));
        assert_eq!(message(Path::new("/dev/zero")), "/dev/zero is a device, not a regular file");
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_system_that_does_not_answer_is_given_up() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (read, ()) = tokio::join!(bounded(move || ended.recv().is_ok()), tokio::time::advance(BOUND));
        assert_eq!(read, Err(SlowFileSystem));
        drop(end);
    }
}
