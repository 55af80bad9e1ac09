//! Parses, runs, and maps the outcome to an exit code.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    cli::{Cli, Cluster, Command, Lab, Looks, Replay, Report, ReportFormat, Watch},
    clock,
    engine::Engine,
    fault::Fault,
    lab::LabOptions,
    logging,
    observation::Deed,
    output::{self, printable},
    session::{self, Format, HeadlessError, Next, Options, Record, ReplayOptions, ReportOptions, Signals, Target},
    source::{access::ApiAccess, docker},
    tape::{Builtin, Known, Shelf, Tape},
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
    let _unread = writeln!(std::io::stderr(), "blackout: {}", printable(&what));
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
        Some(Command::Restore(cluster)) => restore(&cluster),
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

/// The runtime: the loop has the main thread for itself, everything else shares `threads` more.
fn runtime(threads: usize) -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("source")
        .enable_all()
        .build()
        .context("the runtime cannot start")
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
        record: match watch.record {
            Some(file) => Record::File(file),
            None if watch.no_record => Record::No,
            None => Record::Shelf,
        },
    };
    show(options, watch.headless)
}

fn lab(lab: Lab) -> anyhow::Result<ExitCode> {
    let defaults = LabOptions::default();
    let options = LabOptions {
        workers: lab.workers,
        seed: lab.seed,
        speed: lab.speed,
        kubernetes: lab.kubernetes.unwrap_or(defaults.kubernetes),
    };
    let options = Options {
        target: Target::Lab { options, kubeconfig: lab.kubeconfig },
        restore_after: None,
        appearance: appearance(&lab.looks),
        mouse: lab.mouse,
        record: lab.record.map_or(Record::No, Record::File),
    };
    show(options, lab.headless)
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
    runtime(threads)?.block_on(async {
        let mut signals = Signals::listen().context("signals cannot be heard")?;
        if headless {
            return told(session::tell(options, signals, std::io::stdout()).await);
        }
        let in_lab = Options {
            target: Target::Lab { options: LabOptions::default(), kubeconfig: None },
            restore_after: None,
            record: Record::No,
            ..options.clone()
        };
        let ending = session::watch(options, &mut signals).await?;
        if session::farewell(ending, output::text(std::io::stderr())).await? == Next::Lab {
            let ending = session::watch(in_lab, &mut signals).await?;
            session::farewell(ending, output::text(std::io::stderr())).await?;
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
    runtime(SOURCES)?.block_on(async {
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
    match &report.output {
        Some(path) => {
            let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
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

/// Starts every control plane of the cluster that is down.
fn restore(cluster: &Cluster) -> anyhow::Result<ExitCode> {
    let engine = Engine::from_environment();
    runtime(SOURCES)?.block_on(async {
        let discovery = docker::discover(&engine, cluster.cluster.as_deref(), 0).await;
        let Some(cluster) = discovery.cluster() else {
            complain(discovery);
            return Ok(ExitCode::from(NO_CLUSTER));
        };
        let fault = Fault::new(engine.clone(), cluster);
        for node in cluster.control_planes() {
            fault.carry_out(Deed::Restore, &node.name).await?;
            writeln!(std::io::stdout(), "{} runs.", printable(&node.name))?;
        }
        if let Some(folder) = session::state_folder() {
            blackout::keeper::Intent::delete(&folder, &cluster.name);
        }
        Ok(ExitCode::SUCCESS)
    })
}
