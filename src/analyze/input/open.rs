//! Opens the inputs: files, and standard input.
//!
//! An open input is a stream of text lines, one for each entry of a journal. Whether they are lines of a kubelet is
//! found out later, by reading them.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    decode::{Decoded, decode},
    worker_name::worker_name,
};

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("cannot open {name}: {source}")]
    Open { name: String, source: io::Error },
    #[error("{name} is a directory; name its files instead: {name}/*.log")]
    Directory { name: String },
    #[error("cannot read {name}: {source}")]
    Read { name: String, source: io::Error },
    #[error(
        "{name} is a binary journal; convert it to text first: \
         journalctl --file {name} -o short-precise | blackout analyze"
    )]
    BinaryJournal { name: String },
}

/// An input that was opened and can be read as text.
pub(crate) struct JournalInput {
    /// Name for messages: the path as given, or `standard input`.
    pub(crate) name: String,
    /// Worker of the lines that name no host.
    pub(crate) worker: Arc<str>,
    /// Text of the input, decompressed and in UTF-8.
    pub(crate) reader: Box<dyn Read + Send>,
    /// Size in bytes before decompression; `None` if the input is not a regular file.
    pub(crate) size: Option<u64>,
    /// Bytes read so far, before decompression.
    pub(crate) bytes_read: Arc<AtomicU64>,
    /// Day of a file's last change, in UTC; `None` for standard input, and if the file system does not record it.
    pub(crate) modified: Option<NaiveDate>,
}

/// Opens a file.
///
/// # Errors
/// Returns an error if the path cannot be opened, is a directory or a binary journal, or its first bytes cannot be
/// read.
pub(crate) fn open_file(path: &Path) -> Result<JournalInput, InputError> {
    let name = path.display().to_string();
    let open_error = |source| InputError::Open { name: name.clone(), source };
    let file = File::open(path).map_err(open_error)?;
    let metadata = file.metadata().map_err(open_error)?;
    if metadata.is_dir() {
        return Err(InputError::Directory { name: name.trim_end_matches('/').to_owned() });
    }
    let modified = metadata.modified().ok().map(|time| DateTime::<Utc>::from(time).date_naive());
    let size = Some(metadata.len()).filter(|_| metadata.is_file());
    open_reader(name, Arc::from(worker_name(path)), Box::new(file), size, modified)
}

/// Opens standard input.
///
/// # Errors
/// Returns an error if its first bytes are those of a binary journal, or cannot be read.
pub(crate) fn open_standard_input(stdin: Box<dyn Read + Send>) -> Result<JournalInput, InputError> {
    open_reader("standard input".to_owned(), Arc::from("standard input"), stdin, None, None)
}

fn open_reader(
    name: String,
    worker: Arc<str>,
    reader: Box<dyn Read + Send>,
    size: Option<u64>,
    modified: Option<NaiveDate>,
) -> Result<JournalInput, InputError> {
    let bytes_read = Arc::new(AtomicU64::new(0));
    let reader = CountingReader { inner: reader, bytes_read: Arc::clone(&bytes_read) };
    match decode(Box::new(reader)) {
        Ok(Decoded::Text(reader)) => Ok(JournalInput { name, worker, reader, size, bytes_read, modified }),
        Ok(Decoded::BinaryJournal) => Err(InputError::BinaryJournal { name }),
        Err(source) => Err(InputError::Read { name, source }),
    }
}

/// Counts the bytes that are read, for the progress line.
struct CountingReader<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
