//! The program `blackout`: parses the command line, runs the command, and maps the result to an exit code.

use std::process::ExitCode;

use blackout::cli::Cli;
use clap::Parser as _;

mod commands;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => commands::run(cli).unwrap_or_else(|error| {
            commands::stderr::print_error(commands::stderr::with_causes(&error));
            ExitCode::FAILURE
        }),
        Err(error) => commands::usage::print(&error),
    }
}
