//! Parses, runs, and maps the outcome to an exit code.

use std::{
    io::{IsTerminal as _, Write as _},
    panic::AssertUnwindSafe,
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use blackout::{
    cli::{Cli, Command, Lab, Looks, Recording, Replay, Report, ReportFormat, Restore, Watch},
    clock,
    engine::Engine,
    fault::Fault,
    guard,
    lab::LabOptions,
    logging,
    output::{self, printable},
    session::{self, Format, HeadlessError, Next, Options, Record, ReplayOptions, ReportOptions, Signals, Target},
    source::{access::ApiAccess, docker, health::Readiness},
    tape::{Builtin, Known, Overwrite, Shelf, Tape, create_private, may_create},
    tui,
};
use clap::{CommandFactory as _, Parser as _};

#[path = "main/analyze.rs"]
mod analyze;
#[path = "main/usage.rs"]
mod usage;

/// No cluster or engine (design: exit codes).
const NO_CLUSTER: u8 = 3;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::show(&error),
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// Writes one line to standard error. Nobody may be there to read it.
fn complain(what: impl std::fmt::Display) {
    let what = what.to_string();
    let _unread = writeln!(tui::StandardError::new(), "blackout: {}", printable(&what));
}

/// An error with its causes, but for those whose words are in it already.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        known if known.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => watch(cli.watch),
        Some(Command::Lab(lab)) => self::lab(lab),
        Some(Command::Analyze(asked)) => analyze::run(asked),
        Some(Command::Replay(replay)) => self::replay(&replay),
        Some(Command::Report(report)) => self::report(&report),
        Some(Command::Restore(asked)) => restore(&asked),
        Some(Command::Guard) => self::guard(),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "blackout", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Man) => {
            clap_mangen::Man::new(Cli::command())
                .render(&mut std::io::stdout())
                .context("the page cannot be printed")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Threads of the sources of a real cluster: one that is stuck in the system holds up no other.
const SOURCES: usize = 2;
/// Threads of a lab and of the sources that watch it. Hundreds of tasks talk to each other there, and on one thread they
/// do so without waking another each time, which would be most of what an idle lab costs.
const LAB: usize = 1;

/// Time that threads of the runtime get to end. One that is stuck in the system, such as in a read of a file whose disk
/// does not answer, ends with the process.
const ENDING: Duration = Duration::from_millis(100);

/// Runs `program` to its end. The loop has the main thread for itself, everything else shares `threads` more.
fn run_to_end<T>(threads: usize, program: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("source")
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    // a runtime that is dropped waits for each of its threads, without end, also while a panic goes on
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(program)));
    runtime.shutdown_timeout(ENDING);
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn watch(watch: Watch) -> anyhow::Result<ExitCode> {
    let options = Options {
        target: Target::Kind {
            engine: Engine::from_environment(),
            cluster: watch.cluster.cluster,
            access: ApiAccess::Kubeconfig { file: watch.kubeconfig, context: None },
            node_port: watch.node_port,
        },
        restore_after: (!watch.leave).then_some(watch.restore_after),
        appearance: appearance(&watch.looks),
        mouse: watch.mouse,
        record: record(watch.recording)?,
    };
    show(options, watch.headless)
}

fn lab(lab: Lab) -> anyhow::Result<ExitCode> {
    if lab.kubeconfig.is_some() {
        let said = "`blackout lab --kubeconfig` is now `--write-kubeconfig`; the old name will go";
        writeln!(std::io::stderr(), "blackout: {said}")?;
    }
    let defaults = LabOptions::default();
    let options = LabOptions {
        workers: lab.workers,
        seed: lab.seed,
        speed: lab.speed,
        kubernetes: lab.kubernetes.unwrap_or(defaults.kubernetes),
    };
    let options = Options {
        target: Target::Lab { options, kubeconfig: lab.write_kubeconfig.or(lab.kubeconfig) },
        restore_after: None,
        appearance: appearance(&lab.looks),
        mouse: lab.mouse,
        record: record(lab.recording)?,
    };
    show(options, lab.headless)
}

/// Where the tape of a run goes.
///
/// # Errors
///
/// If it is to go into a file that exists, so that nobody finds out in the middle of a demo.
fn record(asked: Recording) -> anyhow::Result<Record> {
    let Some(file) = asked.record else { return Ok(if asked.no_record { Record::No } else { Record::Shelf }) };
    may_create(&file, overwrite(asked.force)).with_context(|| format!("the tape {} cannot be made", file.display()))?;
    Ok(if asked.force { Record::Replace(file) } else { Record::File(file) })
}

fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Yes } else { Overwrite::No }
}

/// Draws a session, or tells its story.
fn show(options: Options, headless: bool) -> anyhow::Result<ExitCode> {
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if !(headless || terminal) {
        anyhow::bail!("the dashboard needs a terminal, and this is none: run it in one, or add --headless");
    }
    logging::to_overlay();
    tui::install_panic_hook();
    let threads = if matches!(options.target, Target::Lab { .. }) { LAB } else { SOURCES };
    run_to_end(threads, async {
        let mut signals = Signals::listen().context("signals cannot be heard")?;
        if headless {
            return told(session::tell(options, signals, std::io::stdout()).await);
        }
        let in_lab = Options {
            target: Target::Lab { options: LabOptions::default(), kubeconfig: None },
            restore_after: None,
            ..options.clone()
        };
        let ending = session::watch(options, &mut signals).await?;
        let out = || output::text(tui::StandardError::new());
        if session::restore_and_report(ending, &mut signals, out()).await? == Next::Lab {
            let ending = session::watch(in_lab, &mut signals).await?;
            session::restore_and_report(ending, &mut signals, out()).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The exit code of a story that was told.
fn told(told: Result<(), HeadlessError>) -> anyhow::Result<ExitCode> {
    match told {
        Err(HeadlessError::NoCluster(why)) => {
            complain(why);
            Ok(ExitCode::from(NO_CLUSTER))
        }
        told => Ok(told.map(|()| ExitCode::SUCCESS)?),
    }
}

fn appearance(looks: &Looks) -> tui::Appearance {
    use blackout::cli::{Language, Theme};
    let no_color = anstyle_query::no_color();
    tui::Appearance {
        theme: match looks.theme {
            _ if no_color => tui::ThemeName::Plain,
            Theme::Dark => tui::ThemeName::Dark,
            Theme::Light => tui::ThemeName::Light,
            Theme::ColourBlind => tui::ThemeName::ColourBlind,
            Theme::None => tui::ThemeName::Plain,
        },
        charset: if looks.ascii || !utf8_locale() { tui::Charset::Ascii } else { tui::Charset::Unicode },
        language: match looks.language {
            Language::En => tui::Language::En,
            Language::Ko => tui::Language::Ko,
        },
        zone: clock::zone(),
        no_color,
    }
}

/// Whether the locale's character set is UTF-8, by the variables and the order of POSIX.
fn utf8_locale() -> bool {
    let named =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    named.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Plays a tape, or lists those that are known.
fn replay(replay: &Replay) -> anyhow::Result<ExitCode> {
    let Some(name) = &replay.tape else { return list() };
    // a tape may come from standard input; the keys then come from the terminal itself
    let drawn = std::io::stdout().is_terminal() && tui::has_keyboard();
    if !replay.headless && !drawn {
        anyhow::bail!("a replay needs a terminal, and this is none: run it in one, or add --headless");
    }
    let tape = Tape::open(name)?;
    if replay.headless {
        if let Some(damage) = tape.damage.sentence() {
            complain(damage);
        }
        session::retell_tape(&tape, std::io::stdout().lock()).context("the story cannot be written")?;
        return Ok(ExitCode::SUCCESS);
    }
    logging::to_overlay();
    tui::install_panic_hook();
    let options = ReplayOptions {
        appearance: appearance(&replay.looks),
        mouse: replay.mouse,
        speed: replay.speed,
        at: replay.at,
    };
    run_to_end(SOURCES, async {
        let signals = Signals::listen().context("signals cannot be heard")?;
        session::replay(tape, options, signals).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The tapes that are known: those inside the program, then those of earlier runs.
fn list() -> anyhow::Result<ExitCode> {
    let mut out = output::text(std::io::stdout().lock());
    writeln!(out, "Built in:")?;
    for builtin in Builtin::ALL {
        writeln!(out, "  {:<12} {}", builtin.name, builtin.about)?;
    }
    let recorded = session::state_folder().map(|state| Shelf::new(&state).tapes()).unwrap_or_default();
    writeln!(out, "\nRecorded, newest first:{}", if recorded.is_empty() { " none yet" } else { "" })?;
    for Known { name, about } in recorded.into_iter().map(Known::file) {
        writeln!(out, "  {}  ({})", printable(&name), printable(&about))?;
    }
    writeln!(out, "\nPlay one with `blackout replay TAPE`, such as `blackout replay stop`.")?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the report of a tape.
fn report(report: &Report) -> anyhow::Result<ExitCode> {
    let output = report.output.as_deref().filter(|path| *path != Path::new("-"));
    let refused = |path: &Path| format!("the report {} cannot be written", path.display());
    if let Some(path) = output {
        may_create(path, overwrite(report.force)).with_context(|| refused(path))?;
    }
    let tape = Tape::open(&report.tape)?;
    if let Some(damage) = tape.damage.sentence() {
        complain(damage);
    }
    let options = ReportOptions {
        format: match report.format {
            ReportFormat::Md => Format::Markdown,
            ReportFormat::Json => Format::Json,
            ReportFormat::Svg => Format::Svg,
            ReportFormat::Cast => Format::Cast,
        },
        at: report.at,
        size: report.size,
        appearance: appearance(&report.looks),
    };
    match output {
        Some(path) => {
            let file = create_private(path, overwrite(report.force)).with_context(|| refused(path))?;
            session::report(tape, &options, std::io::BufWriter::new(file))?;
        }
        None => match session::report(tape, &options, std::io::BufWriter::new(std::io::stdout().lock())) {
            // whoever read it has seen enough
            Err(error) if error.is_broken_pipe() => {}
            written => written?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings every control plane of the cluster back, and waits until each is ready.
fn restore(asked: &Restore) -> anyhow::Result<ExitCode> {
    let engine = Engine::from_environment();
    run_to_end(SOURCES, async {
        let discovery = docker::discover(&engine, asked.cluster.cluster.as_deref(), 0).await;
        let Some(cluster) = discovery.cluster() else {
            complain(discovery);
            return Ok(ExitCode::from(NO_CLUSTER));
        };
        let access = ApiAccess::Kubeconfig { file: asked.kubeconfig.clone(), context: None };
        let assignment = guard::Assignment { cluster: cluster.clone(), access, restore_after_s: 0 };
        let fault = Fault::new(engine.clone(), cluster);
        let mut told = String::new();
        let progress = |container: &str, words: &str| {
            // how long it takes is in the words, and every second of it is too much
            let kind = words.split(['(', ';']).next().unwrap_or_default().to_owned();
            if kind != told {
                let _unread = writeln!(output::text(std::io::stderr()), "{container}: {words}");
                told = kind;
            }
        };
        let done = |container: &str, restored: &guard::Restored| match restored {
            guard::Restored::Ready(readiness) => {
                // an open port is not what a person calls ready
                let state = if *readiness == Readiness::Ready { "is ready" } else { "was started" };
                let _unread = writeln!(output::text(std::io::stdout()), "{container} {state}: {readiness}.");
            }
            guard::Restored::Failed(error) => complain(format!("{container}: {error}")),
            guard::Restored::TimedOut(last) => {
                let after = humantime::format_duration(asked.timeout);
                complain(format!("{container} is not ready after {after}: {last}"));
            }
        };
        let state = session::state_folder();
        let all = guard::restore(fault, assignment, state.as_deref(), asked.timeout, progress, done).await;
        Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Watches over a control plane for the dashboard that started this process.
fn guard() -> anyhow::Result<ExitCode> {
    if std::io::stdin().is_terminal() {
        anyhow::bail!("`blackout guard` is started by the dashboard itself: run `blackout`, or `blackout restore`");
    }
    guard::leave_terminal();
    run_to_end(SOURCES, async {
        let mut signals = Signals::listen().context("signals cannot be heard")?;
        let signal = async move {
            signals.next().await;
        };
        let settled = guard::serve(std::io::stdin(), std::io::stdout(), session::state_folder(), signal).await?;
        Ok(if settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
