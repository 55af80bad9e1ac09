//! `blackout analyze`: gives the analysis the standard streams, the terminal's width and the clock, or writes its tape.

use std::{
    io::{self, BufWriter, IsTerminal as _, Read, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use blackout::{
    analyze::{self, AnalyzeContext, AnalyzeOptions, AnalyzeOutcome, LineFilter, OutputStyle, TapeLines},
    cli::{AnalyzeArgs, ColorMode},
    clock::Clock,
    output::{self, printable},
    tape::{Tape, create_private, may_create},
};

use super::{
    locale,
    output_file::{is_stdout, overwrite},
};

/// Widest text output on a terminal, in columns: wider tables are hard to read across.
const MAX_COLUMNS: u16 = 120;

/// Columns of the text output if it does not go to a terminal.
const DEFAULT_COLUMNS: u16 = 80;

pub(super) fn run(args: AnalyzeArgs) -> anyhow::Result<ExitCode> {
    let clock = Clock::start();
    let tape = args.tape.clone();
    let overwrite = overwrite(args.force);
    if let Some(path) = tape.as_deref().filter(|path| !is_stdout(path)) {
        may_create(path, overwrite).with_context(|| cannot_write(path))?;
    }
    let options = options(args);
    let mut context = AnalyzeContext {
        stdin: &mut || Box::new(io::stdin()) as Box<dyn Read + Send>,
        out: &mut io::stdout().lock(),
        err: &mut io::stderr(),
        today: clock.started().date_naive(),
        elapsed: &|| clock.elapsed(),
        err_is_terminal: io::stderr().is_terminal(),
    };
    let outcome = match tape {
        None => analyze::run(&options, &mut context).context("cannot write the result")?,
        Some(path) => {
            let (tape_lines, outcome) = analyze::tape_lines(&options, &mut context)?;
            let summary = if is_stdout(&path) {
                write_tape(tape_lines, &path, || Ok(&mut *context.out))?
            } else {
                write_tape(tape_lines, &path, || create_private(&path, overwrite))?
            };
            let _closed = writeln!(output::text(&mut *context.err), "{summary}");
            outcome
        }
    };
    Ok(match outcome {
        AnalyzeOutcome::Done => ExitCode::SUCCESS,
        AnalyzeOutcome::Failed => ExitCode::FAILURE,
    })
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the tape {}", path.display())
}

/// Writes the tape into the writer that `create` opens, and returns a summary for standard error.
fn write_tape<W: io::Write>(
    tape_lines: TapeLines,
    path: &Path,
    create: impl FnOnce() -> io::Result<W>,
) -> anyhow::Result<String> {
    let TapeLines { lines, timeless, left_out } = tape_lines;
    let cluster = cluster_name(lines.iter().map(|(_, line)| &*line.worker));
    let Some(tape) = Tape::import(&cluster, lines) else {
        let reason = if timeless > 0 { "no line has a timestamp" } else { "no line is left" };
        anyhow::bail!("{reason}, so there is nothing to put on a tape");
    };
    write_packed(&tape, path, create).with_context(|| cannot_write(path))?;
    Ok(tape_summary(&tape, path, timeless, left_out))
}

/// Writes the tape, compressed if the name of the file ends in `.zst`.
fn write_packed<W: io::Write>(tape: &Tape, path: &Path, create: impl FnOnce() -> io::Result<W>) -> io::Result<()> {
    let file = BufWriter::new(create()?);
    if path.extension().is_some_and(|extension| extension == "zst") {
        let mut packed = zstd::Encoder::new(file, 0)?;
        tape.write(&mut packed)?;
        packed.finish()?.flush()
    } else {
        tape.write(file)
    }
}

fn tape_summary(tape: &Tape, path: &Path, timeless: u64, left_out: u64) -> String {
    let length = tape.stamped.last().map_or_else(Default::default, |last| last.at - tape.header.started);
    let length = humantime::format_duration(Duration::from_secs(length.num_seconds().max(0).unsigned_abs()));
    let path = path.display().to_string();
    let lines = tape.stamped.len();
    let mut summary = format!("{lines} lines, {length}; play them with: blackout replay {}", printable(&path));
    if let Some(damage) = tape.damage.sentence() {
        summary.push_str(&format!("\n{damage}; select a part with --since and --until"));
    }
    if timeless > 0 {
        summary.push_str(&format!("\n{timeless} lines without a timestamp were left out"));
    }
    if left_out > 0 {
        let limit = analyze::MOST_TAPE_LINES;
        summary.push_str(&format!(
            "\n{left_out} lines above the limit of {limit} were left out; select a part with --since and --until"
        ));
    }
    summary
}

/// Returns the cluster's name if every worker has a name that kind gave it (`NAME-worker2`) and all agree; else an
/// empty name.
fn cluster_name<'a>(workers: impl Iterator<Item = &'a str>) -> String {
    let mut names = workers.filter_map(|worker| Some(worker.rsplit_once("-worker")?.0));
    let first = names.next().unwrap_or_default();
    if names.all(|name| name == first) { first.to_owned() } else { String::new() }
}

fn options(args: AnalyzeArgs) -> AnalyzeOptions {
    let AnalyzeArgs { files, format, tape: _, force: _, year, since, until, workers, lanes, width, color } = args;
    let terminal = io::stdout().is_terminal();
    let columns = || crossterm::terminal::size().ok().map(|(columns, _)| columns.min(MAX_COLUMNS)).filter(|_| terminal);
    let color = match color {
        ColorMode::Always => true,
        ColorMode::Never => false,
        ColorMode::Auto => terminal && !anstyle_query::no_color() && anstyle_query::term_supports_ansi_color(),
    };
    AnalyzeOptions {
        files,
        format,
        year,
        filter: LineFilter { since, until, workers, lanes },
        style: OutputStyle {
            width: width.or_else(columns).unwrap_or(DEFAULT_COLUMNS).into(),
            color,
            unicode: locale::is_utf8(),
        },
    }
}
