//! The folder in which the tapes of live runs are kept: the newest ones, named by when they began.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::file::create_state_folder;
use crate::{file_name, observation::Time};

/// Tapes kept; older ones are deleted when a new one begins.
pub const TAPES_KEPT: usize = 20;

/// The folder's name in the state folder.
const FOLDER: &str = "tapes";

/// The form of a tape's time in its name.
const STARTED: &str = "%Y%m%dT%H%M%SZ";

/// The folder of the tapes.
#[derive(Debug, Clone)]
pub struct Shelf {
    state: PathBuf,
    folder: PathBuf,
}

impl Shelf {
    /// The tapes in `state`, the program's state folder.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), folder: state.join(FOLDER) }
    }

    /// Creates the folder, for its owner alone, and takes the rights of others away from one that is there.
    ///
    /// # Errors
    ///
    /// If it can't be created.
    pub fn prepare(&self) -> io::Result<()> {
        create_state_folder(&self.state, FOLDER).map(drop)
    }

    /// Where the tape of a run that begins at `started` goes.
    pub fn place(&self, started: Time, cluster: &str) -> PathBuf {
        let cluster = file_name::portable(cluster);
        // the process id keeps two runs apart that begin in the same second
        let name = format!("{}-{cluster}-{}.jsonl", started.format(STARTED), std::process::id());
        self.folder.join(name)
    }

    /// The tapes that are there, newest first.
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

    /// Deletes the tapes of earlier runs that are older than the newest [`TAPES_KEPT`]: files that a run named, and nothing
    /// else that lies in the folder. `current` stays, whatever its name says of its age.
    ///
    /// # Errors
    ///
    /// If one can't be deleted.
    pub fn tidy(&self, current: &Path) -> io::Result<()> {
        let ours = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_str().is_some_and(is_ours))
                && path.symlink_metadata().is_ok_and(|there| there.is_file())
        };
        let older = self.tapes().into_iter().filter(ours).skip(TAPES_KEPT);
        older.filter(|path| path != current).try_for_each(fs::remove_file)
    }
}

/// Whether [`Shelf::place`] gives such names: `20260105T120000Z-CLUSTER-PID.jsonl`.
fn is_ours(name: &str) -> bool {
    let parts = name.strip_suffix(".jsonl").and_then(|stem| {
        let (started, rest) = stem.split_once('-')?;
        let (cluster, pid) = rest.rsplit_once('-')?;
        Some((started, cluster, pid))
    });
    parts.is_some_and(|(started, cluster, pid)| {
        let exact = chrono::NaiveDateTime::parse_from_str(started, STARTED)
            .is_ok_and(|time| time.format(STARTED).to_string() == started);
        exact && file_name::is_portable_name(cluster) && !pid.is_empty() && pid.chars().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_a_run_gave_is_ours() {
        let started: Time = "2026-01-05T12:00:00Z".parse().unwrap();
        for cluster in ["demo", "a/../b", "", "kind-2", "ä b"] {
            let place = Shelf::new(Path::new("/state")).place(started, cluster);
            assert!(is_ours(place.file_name().unwrap().to_str().unwrap()), "{}", place.display());
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
            assert!(!is_ours(other), "{other}");
        }
    }
}
