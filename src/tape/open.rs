//! Finds a tape by name: a file, standard input, or a built-in tape. Whether it is compressed is decided by its first
//! bytes, not by its name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use super::{
    builtin::BuiltinTape, error::TapeError, header::TapeHeader, in_memory::Tape, private_file::open_regular,
    read::read_header,
};

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Largest window that a compressed tape may ask for, as a power of two: 128 MB, zstd's own limit without `--long`.
const MAX_WINDOW_LOG: u32 = 27;

/// A tape that can't be played, with the name by which it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The name is neither a file nor a built-in tape.
    #[error("{name}: there is no such file, and the built-in tapes are {}", builtin_names())]
    Missing {
        /// The name that was asked for.
        name: String,
    },
    /// The tape can't be played.
    #[error("{name}: {source}")]
    Tape {
        /// The name that was asked for, or `standard input`.
        name: String,
        /// Why it can't be played.
        source: TapeError,
    },
}

fn builtin_names() -> String {
    BuiltinTape::ALL.map(|builtin| builtin.name).join(", ")
}

impl Tape {
    /// Reads the tape called `name`: `-` for standard input, a path, or the name of a built-in tape.
    ///
    /// # Errors
    ///
    /// If there is no such tape, or if it can't be played.
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let named = |name: &str, source| OpenError::Tape { name: name.to_owned(), source };
        if name == "-" {
            return Self::decode(io::stdin().lock()).map_err(|source| named("standard input", source));
        }
        match Self::load(Path::new(name)) {
            // a folder with the name of a built-in tape does not hide it
            Err(error @ (TapeError::Read(_) | TapeError::NotAFile(_))) => match (BuiltinTape::find(name), error) {
                (Some(builtin), _) => builtin.tape().map_err(|source| named(name, source)),
                (None, TapeError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {
                    Err(OpenError::Missing { name: name.to_owned() })
                }
                (None, error) => Err(named(name, error)),
            },
            loaded => loaded.map_err(|source| named(name, source)),
        }
    }

    /// Reads a regular file; a named pipe or device is refused without waiting for it.
    ///
    /// # Errors
    ///
    /// If `path` is not a regular file, or if it can't be played.
    pub fn load(path: &Path) -> Result<Self, TapeError> {
        Self::decode(BufReader::new(open_file(path)?))
    }

    /// Reads a tape, compressed or not.
    ///
    /// # Errors
    ///
    /// If it can't be played.
    pub fn decode(mut input: impl BufRead) -> Result<Self, TapeError> {
        let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
        input.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut magic)?;
        let input = io::Cursor::new(magic.clone()).chain(input);
        if magic != ZSTD_MAGIC {
            return Self::read(BufReader::new(input));
        }
        let mut decoder = zstd::Decoder::with_buffer(input)?;
        decoder.window_log_max(MAX_WINDOW_LOG)?;
        Self::read(BufReader::new(TruncatedAsEnd(decoder)))
    }
}

/// Reads the header of a tape in a file, compressed or not.
///
/// # Errors
///
/// If `path` is not a regular file, or has no header that this version can read.
pub(super) fn load_header(path: &Path) -> Result<TapeHeader, TapeError> {
    let mut file = BufReader::new(open_file(path)?);
    if file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        read_header(BufReader::new(zstd::Decoder::with_buffer(file)?))
    } else {
        read_header(file)
    }
}

fn open_file(path: &Path) -> Result<File, TapeError> {
    open_regular(path)?.map_err(TapeError::NotAFile)
}

/// A reader that ends where the inner one was truncated, so that a compressed tape plays up to there.
struct TruncatedAsEnd<R>(R);

impl<R: Read> Read for TruncatedAsEnd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}
