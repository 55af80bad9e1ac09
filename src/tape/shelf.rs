//! The folder in which the tapes of live runs are kept: the newest ones, named by when they began.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::observation::Time;

/// Tapes kept; older ones are deleted when a new one begins.
pub const TAPES_KEPT: usize = 20;

/// The folder of the tapes.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The tapes in `state`, the program's state folder.
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("tapes") }
    }

    /// Where the tape of a run that begins at `started` goes.
    pub fn place(&self, started: Time, cluster: &str) -> PathBuf {
        let safe: String =
            cluster.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        // the process id keeps two runs apart that begin in the same second
        let name = format!("{}-{safe}-{}.jsonl", started.format("%Y%m%dT%H%M%SZ"), std::process::id());
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

    /// Deletes what is older than the newest [`TAPES_KEPT`].
    pub fn tidy(&self) -> io::Result<()> {
        self.tapes().iter().skip(TAPES_KEPT).try_for_each(fs::remove_file)
    }
}
