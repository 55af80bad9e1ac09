//! `blackout analyze`: lends the analysis the ends of the program's pipes, its terminal and its clock.

use std::{
    env,
    io::{self, IsTerminal as _, Read},
    process::ExitCode,
};

use blackout::{
    analyze::{self, Filter, Look, Options, Outcome, Surroundings},
    cli::{Analyze, Colour, Format},
    clock::Clock,
};

/// Columns that a table is still read across with ease.
const WIDEST: u16 = 120;

/// Runs the command.
pub(crate) fn run(asked: Analyze) -> ExitCode {
    let clock = Clock::start();
    let options = options(asked);
    let mut surroundings = Surroundings {
        stdin: &mut || Box::new(io::stdin()) as Box<dyn Read + Send>,
        out: &mut io::stdout().lock(),
        err: &mut io::stderr(),
        today: clock.started().date_naive(),
        elapsed: &|| clock.elapsed(),
        watched: io::stderr().is_terminal(),
    };
    match analyze::run(&options, &mut surroundings) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            drop(io::Write::write_fmt(&mut io::stderr(), format_args!("blackout: cannot write the answer: {error}\n")));
            ExitCode::FAILURE
        }
    }
}

fn options(asked: Analyze) -> Options {
    let Analyze { files, format, year, since, until, workers, lanes, width, color } = asked;
    let terminal = io::stdout().is_terminal();
    let columns = || crossterm::terminal::size().ok().map(|(columns, _)| columns.min(WIDEST)).filter(|_| terminal);
    let colour = match color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && !anstyle_query::no_color() && anstyle_query::term_supports_ansi_color(),
    };
    Options {
        files,
        format: match format {
            Format::Text => analyze::Format::Text,
            Format::Json => analyze::Format::Json,
            Format::Jsonl => analyze::Format::Jsonl,
        },
        year,
        filter: Filter { since, until, workers, lanes },
        look: Look { width: width.or_else(columns).unwrap_or(80).into(), colour, unicode: speaks_utf8() },
    }
}

/// Whether the locale is one of UTF-8.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(env::var_os).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
