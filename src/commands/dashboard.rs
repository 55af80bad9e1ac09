//! The run of a live session, shared by `blackout` and `blackout lab`: on the terminal, or headless.

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    lab::LabOptions,
    logging, output,
    session::{self, HeadlessError, NextStep, SessionOptions, SessionTarget, Signals},
    tui,
};

use super::{
    exit_code::NO_CLUSTER,
    runtime::{LAB_THREADS, SOURCE_THREADS, block_on},
    stderr,
};

/// Runs the session until it ends, then the lab if the operator chose it on the page that found no cluster.
pub(super) fn run(options: SessionOptions, headless: bool) -> anyhow::Result<ExitCode> {
    let terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    if !(headless || terminal) {
        anyhow::bail!("the dashboard needs a terminal: run it in one, or add --headless");
    }
    logging::to_overlay();
    tui::install_panic_hook();
    let threads = if matches!(options.target, SessionTarget::Lab { .. }) { LAB_THREADS } else { SOURCE_THREADS };
    block_on(threads, async {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        if headless {
            return headless_exit(session::run_headless(options, signals, io::stdout()).await);
        }
        let lab = SessionOptions {
            target: SessionTarget::Lab { options: LabOptions::default(), kubeconfig: None },
            restore_after: None,
            ..options.clone()
        };
        if run_on_terminal(options, &mut signals).await? == NextStep::Lab {
            run_on_terminal(lab, &mut signals).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn run_on_terminal(options: SessionOptions, signals: &mut Signals) -> anyhow::Result<NextStep> {
    let end = session::run_live(options, signals).await?;
    Ok(session::restore_and_report(end, signals, output::text(tui::StandardError::new())).await?)
}

fn headless_exit(result: Result<(), HeadlessError>) -> anyhow::Result<ExitCode> {
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(HeadlessError::NoCluster(reason)) => {
            stderr::print_error(reason);
            Ok(ExitCode::from(NO_CLUSTER))
        }
        Err(error) => Err(error.into()),
    }
}
