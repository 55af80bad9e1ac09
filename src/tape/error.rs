//! Why a tape can't be played.

use std::io;

use super::{header::VERSION, line_reader::MAX_LINE};

/// A tape that can't be played at all. The message does not name it.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file can't be opened or read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The first line is not a header.
    #[error(
        "not a tape: its first line is not {{\"blackout_tape\":{VERSION},…}} ({0}); `blackout replay` lists the tapes"
    )]
    Header(#[source] serde_json::Error),
    /// The header's `started` is outside the years 1970 to 9999.
    #[error(
        "the header says that the run began in the year {0}, which is not from 1970 to 9999: correct `started` in the \
         first line"
    )]
    Started(i32),
    /// The first line is longer than any header.
    #[error("not a tape: its first line is longer than {} kB; `blackout replay` lists the tapes", MAX_LINE >> 10)]
    Endless,
    /// The path does not name a regular file.
    #[error("{0}, not a file; `-` reads standard input")]
    NotAFile(&'static str),
    /// A newer version of blackout wrote the tape.
    #[error("written in version {0} of the tape format; this program reads up to version {VERSION}: update blackout")]
    Newer(u32),
}
