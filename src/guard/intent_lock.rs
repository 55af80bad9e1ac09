//! The lock on a cluster's intent: held by a guard for as long as it watches over the cluster (`flock`), so that an
//! intent without a lock is one that no guard looks after.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process,
};

use super::intent::{self, IntentError, NONBLOCK};

/// Longest content of a lock file that is read, in bytes: the digits of a process id.
const MAX_PID_BYTES: u64 = 16;

/// A held lock. Released when it is dropped, and by the system when its process ends.
#[derive(Debug)]
pub struct IntentLock {
    _file: File,
}

impl IntentLock {
    /// Takes the lock of `cluster`, and writes this process's id into its file. Creates the state directory, accessible
    /// only by its owner, if it is missing.
    ///
    /// # Errors
    /// Another process holds the lock, or the lock file cannot be opened and written.
    pub fn take(folder: &Path, cluster: &str) -> Result<Self, IntentError> {
        let path = intent::path(folder, cluster, "lock");
        let failed = |source| IntentError::Write { path: path.clone(), source };
        let mut file = intent::create_folder(folder).and_then(|()| open(&path)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file).unwrap_or_default();
                return Err(IntentError::Watched { cluster: cluster.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let written = file.set_len(0).and_then(|()| file.write_all(process::id().to_string().as_bytes()));
        written.map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// Returns the process id of the guard that holds the lock of `cluster`. `None` if the lock is free or cannot be
    /// opened.
    pub fn holder(folder: &Path, cluster: &str) -> Option<u32> {
        let mut file = open(&intent::path(folder, cluster, "lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(read_pid(&mut file).unwrap_or_default()),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(NONBLOCK);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(MAX_PID_BYTES).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_guard_gets_the_pid_of_the_first_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(IntentLock::holder(folder.path(), "demo"), None);
        let held = IntentLock::take(folder.path(), "demo").unwrap();
        assert_eq!(IntentLock::holder(folder.path(), "demo"), Some(process::id()));
        let refused = IntentLock::take(folder.path(), "demo").unwrap_err();
        assert!(matches!(refused, IntentError::Watched { pid, .. } if pid == process::id()), "{refused}");
        assert!(IntentLock::take(folder.path(), "other").is_ok(), "each cluster has a lock of its own");
        drop(held);
        assert!(IntentLock::take(folder.path(), "demo").is_ok());
    }
}
