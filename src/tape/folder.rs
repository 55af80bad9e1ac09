//! The folder of the tapes of live runs: the newest ones, named after the start of the run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::private_file::create_state_folder;
use crate::{file_name, observation::Time};

/// Number of tapes kept; older ones are deleted when a new one begins.
pub const TAPES_KEPT: usize = 20;

/// Name of the folder in the state folder.
const FOLDER: &str = "tapes";

/// Format of the start in a tape's name.
const STARTED: &str = "%Y%m%dT%H%M%SZ";

/// The folder of the tapes of live runs.
#[derive(Debug, Clone)]
pub struct TapeFolder {
    state: PathBuf,
    folder: PathBuf,
}

impl TapeFolder {
    /// Names the folder in `state`, the program's state folder; nothing is created.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), folder: state.join(FOLDER) }
    }

    /// Creates the folder for its owner alone, and removes the permissions of others from an existing one.
    ///
    /// # Errors
    ///
    /// If it can't be created, or if it is not a folder.
    pub fn create(&self) -> io::Result<()> {
        create_state_folder(&self.state, FOLDER).map(drop)
    }

    /// Returns the path of the tape of a run that began at `started`.
    pub fn path_for(&self, started: Time, cluster: &str) -> PathBuf {
        let cluster = file_name::portable(cluster);
        // the process id separates two runs that begin in the same second
        let name = format!("{}-{cluster}-{}.jsonl", started.format(STARTED), std::process::id());
        self.folder.join(name)
    }

    /// Lists the tapes in the folder, newest first.
    pub fn tapes(&self) -> Vec<PathBuf> {
        let mut tapes: Vec<PathBuf> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
            })
            .collect();
        tapes.sort_unstable_by(|a, b| b.file_name().cmp(&a.file_name()));
        tapes
    }

    /// Deletes the tapes of earlier runs except for the newest [`TAPES_KEPT`]. Files that no run has named stay, and so
    /// does `current`, whatever its name.
    ///
    /// # Errors
    ///
    /// If a tape can't be deleted.
    pub fn delete_old(&self, current: &Path) -> io::Result<()> {
        let of_a_run = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_str().is_some_and(is_name_of_a_run))
                && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
        };
        let older = self.tapes().into_iter().filter(of_a_run).skip(TAPES_KEPT);
        older.filter(|path| path != current).try_for_each(fs::remove_file)
    }
}

/// Whether [`TapeFolder::path_for`] gives such names: `20260105T120000Z-CLUSTER-PID.jsonl`.
fn is_name_of_a_run(name: &str) -> bool {
    let parts = name.strip_suffix(".jsonl").and_then(|stem| {
        let (started, rest) = stem.split_once('-')?;
        let (cluster, pid) = rest.rsplit_once('-')?;
        Some((started, cluster, pid))
    });
    parts.is_some_and(|(started, cluster, pid)| {
        // formatted again, because chrono also parses shorter numbers
        let exact = chrono::NaiveDateTime::parse_from_str(started, STARTED)
            .is_ok_and(|time| time.format(STARTED).to_string() == started);
        let is_pid = !pid.is_empty() && pid.chars().all(|c| c.is_ascii_digit());
        exact && is_pid && file_name::is_portable_name(cluster)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_runs_are_told_from_other_names() {
        let started: Time = "2026-01-05T12:00:00Z".parse().unwrap();
        for cluster in ["demo", "a/../b", "", "kind-2", "ä b"] {
            let path = TapeFolder::new(Path::new("/state")).path_for(started, cluster);
            assert!(is_name_of_a_run(path.file_name().unwrap().to_str().unwrap()), "{}", path.display());
        }
        for other in [
            "20260105T120000Z-demo-1.jsonl.zst",
            "20260105T120000Z-demo-1.jsonl.bak",
            "20260105T120000Z-demo.jsonl",
            "20260105T120000Z-demo-one.jsonl",
            "20260105T120000Z-de mo-1.jsonl",
            "20260105T250000Z-demo-1.jsonl",
            "2026105T120000Z-demo-1.jsonl",
            "my-20260105T120000Z-demo-1.jsonl",
            "incident.jsonl",
            ".jsonl",
        ] {
            assert!(!is_name_of_a_run(other), "{other}");
        }
    }
}
