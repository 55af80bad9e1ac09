//! Parses, runs, and maps the outcome to an exit code.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    cli::{Cli, Cluster, Command, Watch},
    clock,
    engine::Engine,
    fault::Fault,
    logging,
    observation::Deed,
    session::{self, HeadlessError, Options, Signals},
    source::{access::ApiAccess, docker},
    tui,
};
use clap::{CommandFactory as _, Parser as _};

/// No cluster or engine (design: exit codes).
const NO_CLUSTER: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            let _unread = writeln!(std::io::stderr(), "blackout: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => watch(cli.watch),
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

/// The runtime: the loop has the main thread for itself, the sources share two more.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("source")
        .enable_all()
        .build()
        .context("the runtime cannot start")
}

fn watch(watch: Watch) -> anyhow::Result<ExitCode> {
    let headless = watch.headless;
    if !headless && !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        anyhow::bail!("the dashboard needs a terminal, and this is none: run it in one, or add --headless");
    }
    logging::to_overlay();
    tui::install_panic_hook();
    let appearance = appearance(&watch);
    let options = Options {
        engine: Engine::from_environment(),
        cluster: watch.cluster.cluster,
        access: ApiAccess::Kubeconfig { file: watch.kubeconfig, context: None },
        node_port: watch.node_port,
        restore_after: (!watch.leave).then_some(watch.restore_after),
        appearance,
        mouse: watch.mouse,
        record: !watch.no_record,
    };
    runtime()?.block_on(async {
        let signals = Signals::listen().context("signals cannot be heard")?;
        if headless {
            return told(session::tell(options, signals, std::io::stdout()).await);
        }
        let ending = session::watch(options, signals).await?;
        session::farewell(ending, std::io::stderr()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The exit code of a story that was told.
fn told(told: Result<(), HeadlessError>) -> anyhow::Result<ExitCode> {
    match told {
        Err(HeadlessError::NoCluster(why)) => {
            writeln!(std::io::stderr(), "blackout: {why}")?;
            Ok(ExitCode::from(NO_CLUSTER))
        }
        told => Ok(told.map(|()| ExitCode::SUCCESS)?),
    }
}

fn appearance(watch: &Watch) -> tui::Appearance {
    use blackout::cli::{Language, Theme};
    let no_color = anstyle_query::no_color();
    tui::Appearance {
        theme: match watch.theme {
            _ if no_color => tui::ThemeName::Plain,
            Theme::Dark => tui::ThemeName::Dark,
            Theme::Light => tui::ThemeName::Light,
            Theme::ColourBlind => tui::ThemeName::ColourBlind,
            Theme::None => tui::ThemeName::Plain,
        },
        charset: if watch.ascii || !utf8_locale() { tui::Charset::Ascii } else { tui::Charset::Unicode },
        language: match watch.language {
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

/// Starts every control plane of the cluster that is down.
fn restore(cluster: &Cluster) -> anyhow::Result<ExitCode> {
    let engine = Engine::from_environment();
    runtime()?.block_on(async {
        let discovery = docker::discover(&engine, cluster.cluster.as_deref(), 0).await;
        let Some(cluster) = discovery.cluster() else {
            writeln!(std::io::stderr(), "blackout: {discovery}")?;
            return Ok(ExitCode::from(NO_CLUSTER));
        };
        let fault = Fault::new(engine.clone(), cluster);
        for node in cluster.control_planes() {
            fault.carry_out(Deed::Restore, &node.name).await?;
            writeln!(std::io::stdout(), "{} runs.", node.name)?;
        }
        if let Some(folder) = session::state_folder() {
            blackout::keeper::Intent::delete(&folder, &cluster.name);
        }
        Ok(ExitCode::SUCCESS)
    })
}
