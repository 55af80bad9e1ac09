//! The commands of the program, one file each: they turn parsed arguments into calls of the library.
//!
//! Only here the library meets the standard streams, the environment and the exit code. A command contains no logic
//! that another program could want; that belongs to the library.

mod analyze;
mod appearance;
mod completions;
mod dashboard;
mod exit_code;
mod guard;
mod lab;
mod locale;
mod man;
mod output_file;
mod replay;
mod report;
mod restore;
mod runtime;
pub(crate) mod stderr;
pub(crate) mod usage;
mod watch;

use std::process::ExitCode;

use blackout::cli::{Cli, CliCommand};

/// Runs the command that was asked for, or watches the kind cluster if none was.
///
/// # Errors
/// The command failed: exit code 1.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => watch::run(cli.watch),
        Some(CliCommand::Lab(args)) => lab::run(args),
        Some(CliCommand::Analyze(args)) => analyze::run(args),
        Some(CliCommand::Replay(args)) => replay::run(&args),
        Some(CliCommand::Report(args)) => report::run(&args),
        Some(CliCommand::Restore(args)) => restore::run(&args),
        Some(CliCommand::Guard) => guard::run(),
        Some(CliCommand::Completions { shell }) => completions::run(shell),
        Some(CliCommand::Man) => man::run(),
    }
}
