//! `blackout completions SHELL`: prints a completion script.

use std::{io, process::ExitCode};

use blackout::cli::Cli;
use clap::CommandFactory as _;
use clap_complete::Shell;

pub(super) fn run(shell: Shell) -> anyhow::Result<ExitCode> {
    clap_complete::generate(shell, &mut Cli::command(), "blackout", &mut io::stdout());
    Ok(ExitCode::SUCCESS)
}
