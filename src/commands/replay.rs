//! `blackout replay [TAPE]`: plays a tape on the dashboard, prints its story, or lists the known tapes.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use blackout::{
    cli::ReplayArgs,
    logging,
    output::{self, printable},
    session::{self, ReplayOptions, Signals},
    tape::{BuiltinTape, Tape, TapeFolder, TapeListing},
    tui,
};

use super::{
    appearance::appearance,
    runtime::{SOURCE_THREADS, block_on},
    stderr,
};

pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let Some(name) = &args.tape else { return list() };
    // the keys come from the controlling terminal, so that the tape can come from standard input
    let terminal = io::stdout().is_terminal() && tui::has_keyboard();
    if !args.headless && !terminal {
        anyhow::bail!("a replay needs a terminal: run it in one, or add --headless");
    }
    let tape = Tape::open(name)?;
    if args.headless {
        if let Some(damage) = tape.damage.sentence() {
            stderr::print_error(damage);
        }
        session::write_story(&tape, io::stdout().lock()).context("cannot write the story")?;
        return Ok(ExitCode::SUCCESS);
    }
    logging::to_overlay();
    tui::install_panic_hook();
    let options = ReplayOptions {
        appearance: appearance(&args.appearance),
        mouse: args.mouse,
        speed: args.speed,
        start_at: args.at,
    };
    block_on(SOURCE_THREADS, async {
        let signals = Signals::listen().context("cannot listen for signals")?;
        session::run_replay(tape, options, signals).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Prints the names of the built-in tapes, then of the recorded ones.
fn list() -> anyhow::Result<ExitCode> {
    let mut out = output::text(io::stdout().lock());
    writeln!(out, "Built in:")?;
    for builtin in BuiltinTape::ALL {
        writeln!(out, "  {:<12} {}", builtin.name, builtin.about)?;
    }
    let recorded = session::state_dir().map(|state| TapeFolder::new(&state).tapes()).unwrap_or_default();
    writeln!(out, "\nRecorded, newest first:{}", if recorded.is_empty() { " none yet" } else { "" })?;
    for TapeListing { name, about } in recorded.into_iter().map(TapeListing::of_file) {
        writeln!(out, "  {}  ({})", printable(&name), printable(&about))?;
    }
    writeln!(out, "\nPlay one with `blackout replay TAPE`, such as `blackout replay stop`.")?;
    Ok(ExitCode::SUCCESS)
}
