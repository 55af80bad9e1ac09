//! `blackout analyze`: lends the analysis the ends of the program's pipes, its terminal and its clock.

use std::{
    env,
    io::{self, BufWriter, IsTerminal as _, Read, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;

use blackout::{
    analyze::{self, Filter, Look, Options, Outcome, Surroundings, Unfolded},
    cli::{Analyze, Colour, Format},
    clock::Clock,
    output::{self, printable},
    tape::{Overwrite, Tape, create_private, may_create},
};

/// Columns that a table is still read across with ease.
const WIDEST: u16 = 120;

/// Runs the command.
pub(crate) fn run(asked: Analyze) -> anyhow::Result<ExitCode> {
    let clock = Clock::start();
    let tape = asked.tape.clone();
    let overwrite = if asked.force { Overwrite::Yes } else { Overwrite::No };
    if let Some(path) = tape.as_deref().filter(|path| !is_stdout(path)) {
        may_create(path, overwrite).with_context(|| refused(path))?;
    }
    let options = options(asked);
    let mut surroundings = Surroundings {
        stdin: &mut || Box::new(io::stdin()) as Box<dyn Read + Send>,
        out: &mut io::stdout().lock(),
        err: &mut io::stderr(),
        today: clock.started().date_naive(),
        elapsed: &|| clock.elapsed(),
        watched: io::stderr().is_terminal(),
    };
    let outcome = match tape {
        None => analyze::run(&options, &mut surroundings).context("cannot write the answer")?,
        Some(path) => {
            let (unfolded, outcome) = analyze::unfold(&options, &mut surroundings)?;
            let told = if is_stdout(&path) {
                write_tape(unfolded, &path, || Ok(&mut *surroundings.out))?
            } else {
                write_tape(unfolded, &path, || create_private(&path, overwrite))?
            };
            // nobody may be there to hear it
            drop(writeln!(output::text(&mut *surroundings.err), "{told}"));
            outcome
        }
    };
    Ok(match outcome {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::Failed => ExitCode::FAILURE,
    })
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn refused(path: &Path) -> String {
    format!("the tape {} cannot be written", path.display())
}

/// Writes the tape into what `create` opens; returns what a person should know of it.
fn write_tape<W: io::Write>(
    unfolded: Unfolded,
    path: &Path,
    create: impl FnOnce() -> io::Result<W>,
) -> anyhow::Result<String> {
    let Unfolded { lines, timeless, left_out } = unfolded;
    let cluster = cluster(lines.iter().map(|(_, line)| &*line.worker));
    let Some(tape) = Tape::import(&cluster, lines) else {
        let why = if timeless > 0 { "no line has a time" } else { "no line is left" };
        anyhow::bail!("{why}, so there is nothing to put on a tape");
    };
    let written = || -> io::Result<()> {
        let file = BufWriter::new(create()?);
        if path.extension().is_some_and(|extension| extension == "zst") {
            let mut packed = zstd::Encoder::new(file, 0)?;
            tape.write(&mut packed)?;
            packed.finish()?.flush()
        } else {
            tape.write(file)
        }
    };
    written().with_context(|| refused(path))?;
    let lasts = tape.stamped.last().map_or_else(Default::default, |last| last.at - tape.header.started);
    let lasts = humantime::format_duration(std::time::Duration::from_secs(lasts.num_seconds().max(0).unsigned_abs()));
    let shown = path.display().to_string();
    let mut told = format!("{} lines, {lasts}; watch them: blackout replay {}", tape.stamped.len(), printable(&shown));
    if let Some(cut) = tape.damage.sentence() {
        told.push_str(&format!("\n{cut}; choose a part with --since and --until"));
    }
    if timeless > 0 {
        told.push_str(&format!("\n{timeless} lines without a time were left out"));
    }
    if left_out > 0 {
        told.push_str(&format!(
            "\n{left_out} lines more than {} were left out; choose a part with --since and --until",
            analyze::MOST
        ));
    }
    Ok(told)
}

/// The name that kind's names of the workers begin with, `NAME-worker2`; nothing where they are others.
fn cluster<'a>(workers: impl Iterator<Item = &'a str>) -> String {
    let mut names = workers.filter_map(|worker| Some(worker.rsplit_once("-worker")?.0));
    let first = names.next().unwrap_or_default();
    if names.all(|name| name == first) { first.to_owned() } else { String::new() }
}

fn options(asked: Analyze) -> Options {
    let Analyze { files, format, tape: _, force: _, year, since, until, workers, lanes, width, color } = asked;
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
