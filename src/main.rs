//! The program: parses the command line, runs what was asked for, and turns the outcome into an exit code.

use std::process::ExitCode;

use blackout::cli::{Cli, Command};
use clap::Parser as _;

#[path = "main/analyze.rs"]
mod analyze;

fn main() -> ExitCode {
    match Cli::parse().command {
        Some(Command::Analyze(asked)) => analyze::run(asked),
        _ => ExitCode::FAILURE,
    }
}
