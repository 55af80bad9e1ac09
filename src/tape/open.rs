//! Finds a tape by what a person calls it: a file, standard input, or the name of a built-in one. Whether it is
//! compressed, its first bytes tell, not its name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{Builtin, Tape, TapeError, file::open_regular};

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The window that a compressed tape may ask for, as a power of two: 128 MB, zstd's own limit without `--long`.
const WINDOW_LOG: u32 = 27;

/// A tape that cannot be played, with its name.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is neither a file nor built in.
    #[error("{name}: there is no such file, and the built-in tapes are {}", builtin_names())]
    Missing {
        /// What was asked for.
        name: String,
    },
    /// It cannot be read.
    #[error("{name}: {source}")]
    Tape {
        /// What was asked for.
        name: String,
        /// Why.
        source: TapeError,
    },
}

fn builtin_names() -> String {
    Builtin::ALL.map(|builtin| builtin.name).join(", ")
}

impl Tape {
    /// Reads the tape that a person calls `name`: `-` for standard input, a file, or a built-in one.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or if it can't be played.
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let wrong = |source| OpenError::Tape { name: name.to_owned(), source };
        if name == "-" {
            return Self::decode(io::stdin().lock())
                .map_err(|source| OpenError::Tape { name: "standard input".to_owned(), source });
        }
        match Self::load(Path::new(name)) {
            // a folder that has the name of a built-in tape is not meant
            Err(error @ (TapeError::Read(_) | TapeError::NotAFile(_))) => match (Builtin::find(name), error) {
                (Some(builtin), _) => builtin.tape().map_err(wrong),
                (None, TapeError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {
                    Err(OpenError::Missing { name: name.to_owned() })
                }
                (None, error) => Err(wrong(error)),
            },
            loaded => loaded.map_err(wrong),
        }
    }

    /// Reads a file; waits for nothing else.
    ///
    /// # Errors
    ///
    /// If it is no regular file, or if it can't be played.
    pub fn load(path: &Path) -> Result<Self, TapeError> {
        Self::decode(BufReader::new(regular(path)?))
    }

    /// Reads a tape, compressed or not.
    ///
    /// # Errors
    ///
    /// If it can't be played.
    pub fn decode(mut input: impl BufRead) -> Result<Self, TapeError> {
        let mut magic = Vec::with_capacity(ZSTD.len());
        input.by_ref().take(ZSTD.len() as u64).read_to_end(&mut magic)?;
        let whole = io::Cursor::new(magic.clone()).chain(input);
        if magic != ZSTD {
            return Self::read(BufReader::new(whole));
        }
        let mut decoder = zstd::Decoder::with_buffer(whole)?;
        decoder.window_log_max(WINDOW_LOG)?;
        Self::read(BufReader::new(Torn(decoder)))
    }
}

fn regular(path: &Path) -> Result<File, TapeError> {
    open_regular(path)?.map_err(TapeError::NotAFile)
}

/// A compressed stream that was cut off ends where it was cut: what is before the cut plays.
struct Torn<R>(R);

impl<R: Read> Read for Torn<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}

/// What a list says of one tape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What to call it.
    pub name: String,
    /// What is on it: one line for a person.
    pub about: String,
}

impl Known {
    /// A tape in a file, from its first line alone.
    pub fn file(path: PathBuf) -> Self {
        let header = || -> Result<super::Header, TapeError> {
            let mut file = BufReader::new(regular(&path)?);
            let magic = file.fill_buf()?.starts_with(&ZSTD);
            let first: Box<dyn BufRead> =
                if magic { Box::new(BufReader::new(zstd::Decoder::with_buffer(file)?)) } else { Box::new(file) };
            super::read::header(first)
        };
        let about = match header() {
            Ok(header) => {
                let bytes = path.metadata().map_or(0, |file| file.len());
                format!("{} · {} kB", header.cluster, bytes.div_ceil(1000))
            }
            Err(error) => format!("cannot be played: {error}"),
        };
        Self { name: path.display().to_string(), about }
    }
}
