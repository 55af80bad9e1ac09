//! What clap has to say: wrong usage, the help, the version. It repeats arguments and variables of the environment as
//! they are, so they are made visible before they reach the terminal.

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use blackout::{cli::Cli, output};
use clap::{CommandFactory as _, builder::Styles};

/// Shows it where clap would, and returns clap's exit code.
pub(crate) fn show(error: &clap::Error) -> ExitCode {
    // clap's styles are escape sequences too and can't be told from those of an argument: asked again without styles,
    // what is left came from outside
    let plain = Cli::command().styles(Styles::plain()).try_get_matches_from(env::args_os());
    let plain = plain.err().map(|error| error.render().ansi().to_string()).unwrap_or_default();
    let shown = output::lines(&plain);
    let _unread = if shown == plain {
        error.print()
    } else if error.use_stderr() {
        io::stderr().write_all(shown.as_bytes())
    } else {
        io::stdout().write_all(shown.as_bytes())
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
