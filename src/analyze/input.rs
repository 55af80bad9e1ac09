//! Where the lines come from: files and standard input, plain or packed, in any encoding that journals are saved in.
//!
//! What a file is, its first bytes say, not its name. Everything comes out as lines of text, one for each entry of a journal; what the lines
//! mean is no business of this file.

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

use super::{export::ExportAsJson, utf16::Utf16AsUtf8};
use crate::kubelet::is_export;

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    #[error("cannot open {name}: {source}")]
    Open { name: String, source: io::Error },
    #[error("{name} is a directory; give the files in it, like {name}/*.log")]
    Directory { name: String },
    #[error("cannot read {name}: {source}")]
    Read { name: String, source: io::Error },
    #[error(
        "{name} is a binary journal; turn it into text first: journalctl --file {name} -o short-precise | blackout analyze"
    )]
    BinaryJournal { name: String },
}

/// An input that was opened.
pub(super) struct Input {
    /// What it is called.
    pub(super) name: String,
    /// The worker of lines that name no host.
    pub(super) worker: Arc<str>,
    pub(super) read: Box<dyn Read + Send>,
    /// Bytes, where that is known before the end.
    pub(super) size: Option<u64>,
    /// Bytes read so far, before unpacking.
    pub(super) taken: Arc<AtomicU64>,
    /// When a file was last written.
    pub(super) modified: Option<NaiveDate>,
}

/// Opens a file.
pub(super) fn file(path: &Path) -> Result<Input, InputError> {
    let name = path.display().to_string();
    let failed = |source| InputError::Open { name: name.clone(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(InputError::Directory { name: name.trim_end_matches('/').to_owned() });
    }
    let modified = metadata.modified().ok().map(|time| DateTime::<Utc>::from(time).date_naive());
    let size = Some(metadata.len()).filter(|_| metadata.is_file());
    opened(name, Arc::from(worker_of(path)), Box::new(file), size, modified)
}

/// Standard input.
pub(super) fn standard(read: Box<dyn Read + Send>) -> Result<Input, InputError> {
    opened("standard input".to_owned(), Arc::from("standard input"), read, None, None)
}

fn opened(
    name: String,
    worker: Arc<str>,
    read: Box<dyn Read + Send>,
    size: Option<u64>,
    modified: Option<NaiveDate>,
) -> Result<Input, InputError> {
    let taken = Arc::new(AtomicU64::new(0));
    let read = Counted { read, taken: Arc::clone(&taken) };
    match unpacked(Box::new(read), 0) {
        Ok(Form::Text(read)) => Ok(Input { name, worker, read, size, taken, modified }),
        Ok(Form::BinaryJournal) => Err(InputError::BinaryJournal { name }),
        Err(source) => Err(InputError::Read { name, source }),
    }
}

/// What an input turned out to be.
enum Form {
    Text(Box<dyn Read + Send>),
    BinaryJournal,
}

/// A packed file may be packed again; so often is enough.
const DEEPEST: usize = 3;

/// Takes off the packing that the first bytes name.
fn unpacked(mut read: Box<dyn Read + Send>, depth: usize) -> io::Result<Form> {
    let start = first_bytes(&mut *read)?;
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(start.clone()).chain(read));
    if depth < DEEPEST {
        if start.starts_with(&[0x1f, 0x8b]) {
            return unpacked(Box::new(flate2::read::MultiGzDecoder::new(whole)), depth + 1);
        }
        if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            return unpacked(Box::new(zstd::stream::read::Decoder::new(whole)?), depth + 1);
        }
    }
    Ok(match &*start {
        start if start.starts_with(b"LPKSHHRH") => Form::BinaryJournal,
        start if is_export(start) => Form::Text(Box::new(ExportAsJson::new(whole))),
        [0xff, 0xfe, ..] => Form::Text(Box::new(Utf16AsUtf8::new(whole, u16::from_le_bytes))),
        [0xfe, 0xff, ..] => Form::Text(Box::new(Utf16AsUtf8::new(whole, u16::from_be_bytes))),
        _ => Form::Text(whole),
    })
}

/// As many first bytes as tell the form: fewer where the first line is shorter.
fn first_bytes(read: &mut dyn Read) -> io::Result<Vec<u8>> {
    const LONGEST: usize = b"__CURSOR=".len();
    let mut start = Vec::with_capacity(LONGEST);
    let mut byte = [0];
    while start.len() < LONGEST && start.last() != Some(&b'\n') {
        match read.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => start.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // a packed file that ends at once is an empty one
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(start)
}

/// Counts what is read.
struct Counted<R> {
    read: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Names of files that say nothing about the worker; their folder does (`kind export logs`, `var/log/pods`).
const COMMON: [&str; 8] = ["kubelet", "journal", "messages", "syslog", "log", "kern", "k3s", "output"];

/// The worker that a file's name speaks of.
fn worker_of(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut stem = name.as_str();
    // worker2.journal.jsonl.gz, kubelet.log.1
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let known = ["gz", "zst", "log", "txt", "json", "jsonl", "journal", "export", "out"].contains(&ending);
        let rotated = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_digit());
        if rest.is_empty() || !(known || rotated) {
            break;
        }
        stem = rest;
    }
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    match folder {
        Some(folder) if COMMON.contains(&stem) => folder,
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_hosts_is_named_after_its_worker() {
        let named = |path: &str| worker_of(Path::new(path));
        assert_eq!(named("logs/worker2.journal.jsonl.gz"), "worker2");
        assert_eq!(named("kind-worker3/kubelet.log"), "kind-worker3");
        assert_eq!(named("kubelet.log.1"), "kubelet");
        assert_eq!(named("node-7.example.com.log"), "node-7.example.com");
    }
}
