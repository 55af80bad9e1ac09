//! `blackout guard`: the guard process that a dashboard starts, with requests on standard input and reports on standard
//! output.

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    guard,
    session::{self, Signals},
};

use super::runtime::{SOURCE_THREADS, block_on};

/// Serves one dashboard. The exit code is 1 if a fault is still outstanding at the end.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    if io::stdin().is_terminal() {
        anyhow::bail!("`blackout guard` is started by the dashboard itself: run `blackout`, or `blackout restore`");
    }
    guard::leave_terminal_session();
    block_on(SOURCE_THREADS, async {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        let terminated = async move {
            signals.next().await;
        };
        let settled = guard::serve(io::stdin(), io::stdout(), session::state_dir(), terminated).await?;
        Ok(if settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
