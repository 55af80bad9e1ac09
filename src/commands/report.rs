//! `blackout report TAPE`: writes the evidence of a recorded run to a file or standard output.

use std::{
    io::{self, BufWriter},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    cli::ReportArgs,
    session::{self, ReportOptions},
    tape::{Tape, create_private, may_create},
};

use super::{
    appearance::appearance,
    output_file::{is_stdout, overwrite},
    stderr,
};

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    let file = args.output.as_deref().filter(|path| !is_stdout(path));
    let refused = |path: &Path| format!("cannot write the report {}", path.display());
    if let Some(path) = file {
        may_create(path, overwrite(args.force)).with_context(|| refused(path))?;
    }
    let tape = Tape::open(&args.tape)?;
    if let Some(damage) = tape.damage.sentence() {
        stderr::print_error(damage);
    }
    let options =
        ReportOptions { format: args.format, at: args.at, size: args.size, appearance: appearance(&args.appearance) };
    match file {
        Some(path) => {
            let file = create_private(path, overwrite(args.force)).with_context(|| refused(path))?;
            session::write_report(tape, &options, BufWriter::new(file))?;
        }
        None => match session::write_report(tape, &options, BufWriter::new(io::stdout().lock())) {
            Err(error) if error.is_broken_pipe() => {}
            result => result?,
        },
    }
    Ok(ExitCode::SUCCESS)
}
