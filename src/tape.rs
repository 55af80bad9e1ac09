//! Tapes: the recording of one run, every observation with its time.
//!
//! A tape is text: a header line, then one observation a line, each with its milliseconds since the start. It may be
//! compressed (`.zst`). Playing it folds the same observations into the same world; a tape that is cut anywhere plays
//! up to its last complete line. Only observations are recorded, so no kubeconfig, token or certificate is.

mod budget;
mod builtin;
mod damage;
mod error;
mod folder;
mod header;
mod import;
mod in_memory;
mod line;
mod line_reader;
mod listing;
mod open;
mod private_file;
mod read;
mod recorder;

pub use budget::{TapeCut, TapeLimit};
pub use builtin::BuiltinTape;
pub use damage::Damage;
pub use error::TapeError;
pub use folder::{TAPES_KEPT, TapeFolder};
pub use header::{TapeHeader, TapeMode, VERSION};
pub use in_memory::Tape;
pub use listing::TapeListing;
pub use open::OpenError;
pub use private_file::{
    Overwrite, create_new_private_folder, create_private, create_private_folder, create_state_folder, may_create,
};
pub use recorder::{ClosingTape, RecordError, Recorder, RecorderStatus};

#[cfg(test)]
mod tests;
