//! The intent: a fault that is about to be injected, on disk before the engine is asked, so that a fault outlives a
//! killed process and a power loss.
//!
//! One JSON file of at most 64 KiB per cluster in the state directory. The file is written atomically and is on disk
//! (`fsync` of file and directory) when [`Intent::write`] returns. A FIFO, a directory, or a damaged or foreign file
//! under its name is never waited for and counts as no intent.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
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

/// Longest intent that is read, in bytes; one with a hundred networks has 10 kB.
const MAX_BYTES: u64 = 64 * 1024;

/// `O_NONBLOCK`, as the number that `OpenOptions` takes: without it, opening a FIFO would wait for its other end.
pub(super) const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// A fault of a control plane that is about to be injected or was injected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Name of the kind cluster.
    pub cluster: String,
    /// Name of the container.
    pub container: String,
    /// The fault; never [`FaultAction::Restore`].
    #[serde(rename = "deed")]
    pub action: FaultAction,
    /// Process id of the guard that wrote it; 0 in files of versions without a guard.
    #[serde(default)]
    pub pid: u32,
    /// Wall-clock time at which the fault was asked for. `None` in files of versions without a guard.
    #[serde(default)]
    pub asked: Option<Time>,
    /// Wall-clock deadline of the automatic restore. `None` if no timer runs.
    #[serde(default)]
    pub restore_at: Option<Time>,
    /// Id of the container. `None` in files of versions without a guard.
    #[serde(default)]
    pub id: Option<String>,
    /// Start time of the container before the fault (`State.StartedAt`, as the engine wrote it). A different value
    /// later means that somebody has started it since. `None` if the engine reported none, or the guard itself may have
    /// started it.
    #[serde(default)]
    pub started_at: Option<String>,
    /// The container's networks and addresses before the fault.
    #[serde(default)]
    pub networks: Vec<NetworkAddress>,
}

/// Reason why an intent is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// There is no state directory, because there is no home directory.
    #[error("there is no home directory for the intent file")]
    NoFolder,
    /// The file, its directory or its lock could not be written.
    #[error("the intent file {} cannot be written: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system call.
        source: io::Error,
    },
    /// The disk did not answer in time.
    #[error("the intent file {} cannot be written: the disk does not answer", path.display())]
    Silent {
        /// Path of the file or its directory.
        path: PathBuf,
    },
    /// Another guard holds the lock.
    #[error("another blackout (pid {pid}) watches over the control plane of `{cluster}`")]
    Watched {
        /// Name of the kind cluster.
        cluster: String,
        /// Process id of the guard that holds the lock.
        pid: u32,
    },
}

impl Intent {
    /// Writes the intent atomically, and returns once it is on disk.
    ///
    /// # Errors
    /// The directory cannot be created, or the file cannot be written, synced or renamed.
    pub fn write(&self, folder: &Path) -> Result<(), IntentError> {
        let path = path(folder, &self.cluster, "json");
        // a new file that is renamed: whatever has the final name (a FIFO, a link) is not opened
        let partial = path.with_extension(format!("{}.partial", process::id()));
        let write = || -> io::Result<()> {
            create_folder(folder)?;
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
        let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&path).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text).ok()?;
        let intent: Self = serde_json::from_slice(&text).ok()?;
        (intent.cluster == cluster && intent.action != FaultAction::Restore).then_some(intent)
    }

    /// Deletes the intent of `cluster`, if there is one. A failure is logged.
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

/// Creates the state directory, accessible only by its owner, with its missing parents.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Returns the path of a cluster's file. The cluster's name comes from a container label: a character that could lead
/// out of the directory becomes `_`.
pub(super) fn path(folder: &Path, cluster: &str, extension: &str) -> PathBuf {
    folder.join(format!("intent-{}.{extension}", file_name::portable(cluster)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent() -> Intent {
        Intent {
            cluster: "demo".into(),
            container: "demo-control-plane".into(),
            action: FaultAction::Stop,
            pid: 7,
            asked: None,
            restore_at: None,
            id: None,
            started_at: Some("2026-01-01T00:00:00Z".into()),
            networks: Vec::new(),
        }
    }

    #[test]
    fn an_intent_is_read_back_as_it_was_written_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        intent().write(folder.path()).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), Some(intent()));
        assert_eq!(Intent::read(folder.path(), "other"), None);
        Intent::delete(folder.path(), "demo");
        assert_eq!(Intent::read(folder.path(), "demo"), None);
    }

    #[test]
    fn a_damaged_empty_or_foreign_file_counts_as_no_intent() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{\"cluster\":", r#"{"cluster":"other","container":"c","deed":"stop"}"#, "\0\0\0\0"] {
            fs::write(path(folder.path(), "demo", "json"), text).unwrap();
            assert_eq!(Intent::read(folder.path(), "demo"), None, "{text}");
        }
    }

    #[test]
    fn a_file_of_a_version_without_a_guard_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"cluster":"demo","container":"demo-control-plane","deed":"stop"}"#;
        fs::write(path(folder.path(), "demo", "json"), text).unwrap();
        let read = Intent::read(folder.path(), "demo").unwrap();
        assert_eq!((read.container.as_str(), read.action, read.asked), ("demo-control-plane", FaultAction::Stop, None));
    }

    #[test]
    fn a_fifo_is_replaced_and_a_directory_is_an_error_and_neither_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path(), "demo", "json");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), None);
        intent().write(folder.path()).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), Some(intent()), "a FIFO is replaced");
        Intent::delete(folder.path(), "demo");
        fs::create_dir(&path).unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), None);
        let error = intent().write(folder.path()).unwrap_err().to_string();
        assert!(error.contains("intent-demo.json") && error.contains("cannot be written"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
    }

    #[test]
    fn a_hostile_cluster_name_stays_in_the_directory() {
        let path = path(Path::new("/state"), "../../etc/passwd", "json");
        assert_eq!(path, Path::new("/state/intent-.._.._etc_passwd.json"));
    }
}
