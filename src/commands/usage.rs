//! Output of clap: usage errors, help and version. clap repeats arguments and variables of the environment verbatim, so
//! control characters are made visible before they reach the terminal.

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use blackout::{cli::Cli, output};
use clap::{CommandFactory as _, builder::Styles};

use super::exit_code::WRONG_USAGE;

/// Prints the message to the stream that clap chose for it, and returns clap's exit code.
pub(crate) fn print(error: &clap::Error) -> ExitCode {
    // clap's own styles are escape sequences, too. Without styles, every escape sequence comes from an argument.
    let unstyled = Cli::command().styles(Styles::plain()).try_get_matches_from(env::args_os());
    let unstyled = unstyled.err().map(|error| error.render().ansi().to_string()).unwrap_or_default();
    let printable = output::lines(&unstyled);
    let _closed = if printable == unstyled {
        error.print()
    } else if error.use_stderr() {
        io::stderr().write_all(printable.as_bytes())
    } else {
        io::stdout().write_all(printable.as_bytes())
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(WRONG_USAGE))
}
