//! `blackout man`: prints the manual page.

use std::{io, process::ExitCode};

use anyhow::Context as _;
use blackout::cli::Cli;
use clap::CommandFactory as _;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    clap_mangen::Man::new(Cli::command()).render(&mut io::stdout()).context("cannot print the manual page")?;
    Ok(ExitCode::SUCCESS)
}
