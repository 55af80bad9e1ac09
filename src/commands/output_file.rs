//! Files that the operator names for output: refused before the run if they cannot be created.

use std::path::Path;

use anyhow::Context as _;
use blackout::{
    cli::RecordingArgs,
    session::RecordingOptions,
    tape::{Overwrite, may_create},
};

/// Overwrites an existing file only with `--force`.
pub(super) fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Yes } else { Overwrite::No }
}

/// Returns whether `path` is `-`, which means standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Selects where the tape of a run is written.
///
/// # Errors
/// The file of `--record` cannot be created, or it exists and `--force` is missing.
pub(super) fn recording(args: RecordingArgs) -> anyhow::Result<RecordingOptions> {
    match args.record {
        Some(file) => {
            may_create(&file, overwrite(args.force))
                .with_context(|| format!("cannot create the tape {}", file.display()))?;
            Ok(if args.force { RecordingOptions::Replace(file) } else { RecordingOptions::NewFile(file) })
        }
        None if args.no_record => Ok(RecordingOptions::Off),
        None => Ok(RecordingOptions::Shelf),
    }
}
