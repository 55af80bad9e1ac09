//! Reads small regular files that belong to somebody else: a kubeconfig, a docker context, a certificate.
//!
//! Such a path may name anything. A FIFO would block the reader for as long as nobody writes, a device may never end,
//! and a file on a network file system may not answer. So only regular files are read, at most a given number of
//! bytes of them, and [`bounded`] does the reading on a thread that nothing waits for longer than [`BOUND`].

use std::{
    fs::{File, FileType, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::sync::Semaphore;

/// Longest wait for the files of one question: 3 s, the time in which the program has to end when it is asked to.
pub const BOUND: Duration = Duration::from_secs(3);

/// Threads that may read at the same time: one for each source and some to spare. On a file system that does not
/// answer each try keeps its thread, and tries must not pile up.
static READERS: Semaphore = Semaphore::const_new(16);

/// Reason why a file was not read. Its text names the file.
#[derive(Debug, thiserror::Error)]
pub enum SmallFileError {
    /// The file could not be opened or read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The path names something else than a regular file.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
        /// What it names, with its article.
        kind: &'static str,
    },
    /// The file has more bytes than any good one.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// Path of the file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl SmallFileError {
    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Error of [`bounded`]: the files were not read in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file system did not answer within {} s", BOUND.as_secs())]
pub struct SlowFileSystem;

/// Reads a regular file of at most `limit` bytes. Opening it never waits for another process.
///
/// # Errors
///
/// An error if `path` is missing, unreadable, longer than `limit`, or no regular file.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, SmallFileError> {
    let failed = |source| SmallFileError::Read { path: path.to_owned(), source };
    let regular = |found: FileType| match kind(found) {
        None => Ok(()),
        Some(kind) => Err(SmallFileError::NotRegular { path: path.to_owned(), kind }),
    };
    // before the opening as well: opening some devices does something
    regular(std::fs::metadata(path).map_err(failed)?.file_type())?;
    let file = open(path).map_err(failed)?;
    regular(file.metadata().map_err(failed)?.file_type())?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(SmallFileError::TooLong { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Runs `work`, which reads files, on a thread of its own, and waits for it for [`BOUND`] at most.
///
/// # Errors
///
/// [`SlowFileSystem`] if it takes longer; its thread ends when the file system answers.
pub async fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SlowFileSystem> {
    let reading = async {
        let permit = READERS.acquire().await.or(Err(SlowFileSystem))?;
        let work = move || {
            let _until_it_is_read = permit;
            work()
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(read) => Ok(read),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            // the runtime is going down
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

/// What it is, if it is no regular file.
fn kind(found: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if found.is_fifo() {
            return Some("a FIFO");
        }
        if found.is_socket() {
            return Some("a socket");
        }
        if found.is_char_device() || found.is_block_device() {
            return Some("a device");
        }
    }
    match found {
        found if found.is_file() => None,
        found if found.is_dir() => Some("a directory"),
        _ => Some("something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &Path) -> String {
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
    fn a_missing_file_is_told_apart() {
        let error = read_regular(Path::new("/nowhere/config"), 10).unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }

    #[test]
    fn whatever_is_no_regular_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let [fifo, socket] = ["fifo", "socket"].map(|name| folder.path().join(name));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(words(&fifo), format!("{} is a FIFO, not a regular file", fifo.display()));
        assert_eq!(words(&socket), format!("{} is a socket, not a regular file", socket.display()));
        assert_eq!(words(folder.path()), format!("{} is a directory, not a regular file", folder.path().display()));
        assert_eq!(words(Path::new("/dev/zero")), "/dev/zero is a device, not a regular file");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_file_system_that_does_not_answer() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (read, ()) = tokio::join!(bounded(move || ended.recv().is_ok()), tokio::time::advance(BOUND));
        assert_eq!(read, Err(SlowFileSystem));
        drop(end);
    }
}
