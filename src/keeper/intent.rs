//! The intent file: what was about to be done to which container, for the run after one that was killed.
//!
//! One small JSON file for each cluster in the state folder. A damaged one counts as none: what is stopped is seen
//! from the engine anyway.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::observation::Deed;

/// What was about to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// kind's name of the cluster.
    pub cluster: String,
    /// The container.
    pub container: String,
    /// The fault.
    pub deed: Deed,
}

/// The intent could not be written down.
#[derive(Debug, thiserror::Error)]
#[error("the intent file {} cannot be written ({source}): if blackout is killed, run `blackout restore` yourself", path.display())]
pub struct IntentError {
    path: PathBuf,
    source: io::Error,
}

impl Intent {
    /// Writes it, whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), IntentError> {
        let path = path(folder, &self.cluster);
        let partial = path.with_extension("partial");
        let text = serde_json::to_vec(self).map_err(io::Error::other);
        text.and_then(|text| {
            fs::create_dir_all(folder)?;
            fs::write(&partial, text)?;
            fs::rename(&partial, &path)
        })
        .map_err(|source| IntentError { path, source })
    }

    /// The intent that is there for a cluster.
    pub fn read(folder: &Path, cluster: &str) -> Option<Self> {
        let text = fs::read(path(folder, cluster)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Deletes it, if it is there.
    pub fn delete(folder: &Path, cluster: &str) {
        let path = path(folder, cluster);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("the intent file {} cannot be deleted: {error}", path.display());
            }
            _ => {}
        }
    }
}

/// A cluster's name comes from a label: nothing of it may lead out of the folder.
fn path(folder: &Path, cluster: &str) -> PathBuf {
    let safe: String = cluster.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    folder.join(format!("intent-{safe}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent() -> Intent {
        Intent { cluster: "demo".into(), container: "demo-control-plane".into(), deed: Deed::Stop }
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
    fn a_damaged_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path(), "demo"), b"{\"cluster\":").unwrap();
        assert_eq!(Intent::read(folder.path(), "demo"), None);
    }

    #[test]
    fn a_hostile_name_stays_in_the_folder() {
        assert_eq!(path(Path::new("/state"), "../../etc/passwd"), Path::new("/state/intent-______etc_passwd.json"));
    }
}
