//! From files and pipes to chunks of whole lines: opening, decompression, encodings, and lines that go on in the next.
//!
//! | file | subject |
//! |---|---|
//! | `open` | files and standard input, and the errors of opening them |
//! | `decode` | gzip, zstd, UTF-16 and `journalctl -o export`, by the first bytes of the input |
//! | `export` | records of `journalctl -o export` as JSON lines |
//! | `worker_name` | the worker that a file's name contains |
//! | `pausing_reader` | pauses of a pipe as `WouldBlock` |
//! | `line_chunks` | chunks of bounded size that end where a line ends |
//! | `continuation` | lines that a terminal or a container runtime has split |
//!
//! No file here knows what a line means, except `continuation`, which joins pieces only if together they report a
//! failed call.

pub(super) mod continuation;
mod decode;
mod export;
pub(super) mod line_chunks;
pub(super) mod open;
pub(super) mod pausing_reader;
mod worker_name;
