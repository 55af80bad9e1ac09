//! Reasons why a report was not written.

use std::{io, path::PathBuf};

/// Reason why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The output could not be written.
    #[error("cannot write the report: {0}")]
    Write(#[from] io::Error),
    /// There is no state directory.
    #[error("there is no home directory for the report: set HOME or XDG_STATE_HOME")]
    NoHome,
    /// A file or a directory could not be created or written.
    #[error("cannot write the report: {}: {source}", path.display())]
    File {
        /// Path of the file or directory.
        path: PathBuf,
        /// Error of the system call.
        source: io::Error,
    },
    /// The JSON could not be written.
    #[error("cannot write the report: {0}")]
    Json(#[from] serde_json::Error),
}

impl ReportError {
    /// Returns whether the reader closed the pipe.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Write(error) | Self::File { source: error, .. } => error.kind() == io::ErrorKind::BrokenPipe,
            Self::NoHome => false,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
        }
    }
}
