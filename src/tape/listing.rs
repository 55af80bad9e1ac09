//! The entries of the list of tapes.

use std::path::PathBuf;

use super::open::load_header;

/// One tape in the list of tapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeListing {
    /// The name to open it by.
    pub name: String,
    /// What is on it, in one line.
    pub about: String,
}

impl TapeListing {
    /// Describes a tape in a file, of which only the header is read. A file that can't be played is described by why.
    pub fn of_file(path: PathBuf) -> Self {
        let about = match load_header(&path) {
            Ok(header) => {
                let bytes = path.metadata().map_or(0, |file| file.len());
                format!("{} · {} kB", header.cluster, bytes.div_ceil(1000))
            }
            Err(error) => format!("not playable: {error}"),
        };
        Self { name: path.display().to_string(), about }
    }
}
