//! The intent: which fault is about to be done to which container, on disk before it is done, for whoever comes after
//! a process that was killed or a machine that lost its power.
//!
//! One small JSON file for each cluster in the state folder, and beside it a lock file that a guard holds (`flock`) for
//! as long as it watches over the cluster, so that a file without a lock is one that nobody looks after. The file is
//! written whole or not at all and is on the disk (`fsync` of file and folder) when [`Intent::write`] returns. What
//! another program left under these names (a FIFO, a folder, a damaged or foreign file) is never waited for and never
//! believed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process,
};

use serde::{Deserialize, Serialize};

use crate::{
    fault::NetworkAddress,
    file_name,
    observation::{FaultAction, Time},
};

/// Longest intent that is read; one with a hundred networks has 10 kB.
const LONGEST: u64 = 64 * 1024;

/// What is about to be done, or was done, to a control plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// kind's name of the cluster.
    pub cluster: String,
    /// Name of the container.
    pub container: String,
    /// The fault that is meant.
    pub deed: FaultAction,
    /// Process id of the guard that wrote it; 0 in files of versions before the guard.
    #[serde(default)]
    pub pid: u32,
    /// When the fault was asked for, by the wall clock. `None` in files of versions before the guard.
    #[serde(default)]
    pub asked: Option<Time>,
    /// When the control plane is to be brought back at the latest, by the wall clock. `None` if no timer runs.
    #[serde(default)]
    pub restore_at: Option<Time>,
    /// Id of the container. `None` if the engine had not described it.
    #[serde(default)]
    pub id: Option<String>,
    /// When the container had last been started before the fault, as the engine wrote it. A later value means that
    /// somebody has started it since.
    #[serde(default)]
    pub started_at: Option<String>,
    /// The container's networks and addresses before the fault.
    #[serde(default)]
    pub networks: Vec<NetworkAddress>,
}

/// The intent could not be put on disk.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// No state folder, because there is no home folder.
    #[error("there is no home folder to keep the intent file in")]
    NoFolder,
    /// The file, its folder or its lock could not be written.
    #[error("the intent file {} cannot be written: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The disk did not answer in time.
    #[error("the intent file {} cannot be written: the disk does not answer", path.display())]
    Silent {
        /// Path of the file.
        path: PathBuf,
    },
    /// Another guard holds the lock.
    #[error("another blackout (pid {pid}) watches over the control plane of `{cluster}`")]
    Watched {
        /// kind's name of the cluster.
        cluster: String,
        /// Process id of the guard that holds the lock.
        pid: u32,
    },
}

/// The lock on a cluster's intent. Released when it is dropped, and by the system when its process ends.
#[derive(Debug)]
pub struct IntentLock {
    _file: File,
}

impl IntentLock {
    /// Takes the lock of `cluster`, and notes this process's id in its file. Makes the folder, readable by its owner
    /// only, if it is missing.
    ///
    /// # Errors
    /// Another process holds the lock, or the lock file cannot be opened and written.
    pub fn take(folder: &Path, cluster: &str) -> Result<Self, IntentError> {
        let path = path(folder, cluster, "lock");
        let failed = |source| IntentError::Write { path: path.clone(), source };
        let mut file = make_folder(folder).and_then(|()| open_lock(&path)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = pid_in(&mut file).unwrap_or_default();
                return Err(IntentError::Watched { cluster: cluster.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let noted = file.set_len(0).and_then(|()| file.write_all(process::id().to_string().as_bytes()));
        noted.map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// Process id of the guard that holds the lock of `cluster`. `None` if nobody does, or it cannot be told.
    pub fn holder(folder: &Path, cluster: &str) -> Option<u32> {
        let mut file = open_lock(&path(folder, cluster, "lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(pid_in(&mut file).unwrap_or_default()),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

impl Intent {
    /// Writes the intent, whole or not at all, and returns once it is on the disk.
    ///
    /// # Errors
    /// The folder cannot be made, or the file cannot be written, flushed or put in its place.
    pub fn write(&self, folder: &Path) -> Result<(), IntentError> {
        let path = path(folder, &self.cluster, "json");
        // a name of its own, so that nothing that lies there (a FIFO, a link) is opened
        let partial = path.with_extension(format!("{}.partial", process::id()));
        let write = || -> io::Result<()> {
            make_folder(folder)?;
            let text = serde_json::to_vec(self)?;
            let _leftover = fs::remove_file(&partial);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&partial, &path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|source| {
            let _leftover = fs::remove_file(&partial);
            IntentError::Write { path: path.clone(), source }
        })
    }

    /// Reads the intent of `cluster`. `None` if there is none, or the file is damaged, foreign or not a regular file.
    pub fn read(folder: &Path, cluster: &str) -> Option<Self> {
        let path = path(folder, cluster, "json");
        // without O_NONBLOCK, opening a FIFO would wait for a writer
        let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&path).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text).ok()?;
        let intent: Self = serde_json::from_slice(&text).ok()?;
        (intent.cluster == cluster && intent.deed != FaultAction::Restore).then_some(intent)
    }

    /// Deletes the intent of `cluster`, if there is one.
    pub fn delete(folder: &Path, cluster: &str) {
        let path = path(folder, cluster, "json");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("the intent file {} cannot be deleted: {error}", path.display());
            }
            _ => {}
        }
    }
}

/// `O_NONBLOCK`, as the number that `OpenOptions` takes.
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

fn open_lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(NONBLOCK)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    }
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The path of a cluster's file. The name comes from a label: nothing in it may lead out of the folder.
fn path(folder: &Path, cluster: &str, extension: &str) -> PathBuf {
    let name = file_name::portable(cluster);
    folder.join(format!("intent-{name}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent() -> Intent {
        Intent {
            cluster: "demo".into(),
            container: "demo-control-plane".into(),
            deed: FaultAction::Stop,
            pid: 7,
            asked: None,
            restore_at: None,
            id: None,
            started_at: Some("2026-01-01T00:00:00Z".into()),
            networks: Vec::new(),
        }
    }

    #[test]
    fn the_next_run_finds_what_a_killed_one_meant_to_do() {
        let folder = tempfile::tempdir().unwrap();
        intent().write(folder.path()).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), Some(intent()));
        assert_eq!(Intent::read(folder.path(), "other"), None);
        Intent::delete(folder.path(), "demo");
        assert_eq!(Intent::read(folder.path(), "demo"), None);
    }

    #[test]
    fn a_damaged_empty_or_foreign_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{\"cluster\":", r#"{"cluster":"other","container":"c","deed":"stop"}"#, "\0\0\0\0"] {
            fs::write(path(folder.path(), "demo", "json"), text).unwrap();
            assert_eq!(Intent::read(folder.path(), "demo"), None, "{text}");
        }
    }

    #[test]
    fn a_file_of_a_version_before_the_guard_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"cluster":"demo","container":"demo-control-plane","deed":"stop"}"#;
        fs::write(path(folder.path(), "demo", "json"), text).unwrap();
        let read = Intent::read(folder.path(), "demo").unwrap();
        assert_eq!((read.container.as_str(), read.deed, read.asked), ("demo-control-plane", FaultAction::Stop, None));
    }

    #[test]
    fn a_fifo_or_a_folder_in_its_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let place = path(folder.path(), "demo", "json");
        rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), None);
        intent().write(folder.path()).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), Some(intent()), "a FIFO is replaced");
        Intent::delete(folder.path(), "demo");
        fs::create_dir(&place).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), None);
        let error = intent().write(folder.path()).unwrap_err().to_string();
        assert!(error.contains("intent-demo.json") && error.contains("cannot be written"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
    }

    #[test]
    fn a_second_guard_is_told_the_pid_of_the_first_until_that_ends() {
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

    #[test]
    fn a_hostile_name_stays_in_the_folder() {
        let path = path(Path::new("/state"), "../../etc/passwd", "json");
        assert_eq!(path, Path::new("/state/intent-.._.._etc_passwd.json"));
    }
}
