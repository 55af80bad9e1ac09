//! Why a tape is not recorded.

use std::{io, path::PathBuf};

/// A tape that can't be created, written or completed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file can't be created.
    #[error("the tape {} cannot be created: {source}", path.display())]
    Create {
        /// Path of the file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file was created, and can no longer be written.
    #[error("the tape {} is no longer written: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file was not completed in time.
    #[error("the tape {} is incomplete: its disk did not answer in time", path.display())]
    Unfinished {
        /// Path of the file.
        path: PathBuf,
    },
    /// The recorder's thread can't be started.
    #[error("the recorder cannot be started: {0}")]
    Thread(#[source] io::Error),
}
