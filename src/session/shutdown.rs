//! The shutdown of a live session: waits for the guard, and prints what happened.
//!
//! Changes no container: whatever is outstanding is undone by the guard, which goes on after this program has ended. It
//! is waited for only so that the last line can report the result.

mod detached_guard;
mod error;
mod summary;

use std::{any::Any, io::Write, panic::resume_unwind, time::Duration};

use super::signals::Signals;
use crate::{tape::ClosingTape, tui::TerminalError};

pub(super) use self::{
    detached_guard::DetachedGuard,
    summary::{ApiDowntime, SessionSummary},
};

pub use self::error::ShutdownError;

/// Time that the tape's disk gets after everything else has ended.
pub(super) const TAPE_TIMEOUT: Duration = Duration::from_millis(750);

/// Reason why a live session ended.
#[derive(Debug)]
pub(super) enum Exit {
    /// The operator quit, and has decided what becomes of the control plane.
    Quit,
    /// The operator opens the lab instead.
    OpenLab,
    /// A signal came, or the terminal was closed; the name of the signal.
    Signaled(&'static str),
}

/// A live session that has ended, and the work that has not.
#[derive(Debug)]
pub struct SessionEnd {
    /// Reason of the end; `Err` of the outer result if the loop has panicked.
    pub(super) exit: Result<Result<Exit, TerminalError>, Box<dyn Any + Send>>,
    /// The guard, if there is one.
    pub(super) guard: Option<DetachedGuard>,
    /// `None` if no cluster was found.
    pub(super) summary: Option<SessionSummary>,
    pub(super) tape: Option<ClosingTape>,
}

/// What follows a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing more to do; the program ends.
    Done,
    /// The operator asked for the lab.
    Lab,
}

/// Waits until the guard has undone what this session left outstanding, and writes progress and a summary to `out`. A
/// panic of the session goes on after that.
///
/// # Errors
/// The terminal failed, the control plane could not be brought back, or a second signal came before it was ready.
pub async fn restore_and_report(
    end: SessionEnd,
    signals: &mut Signals,
    mut out: impl Write,
) -> Result<NextStep, ShutdownError> {
    let SessionEnd { exit, guard, mut summary, tape } = end;
    if let Ok(Ok(Exit::Signaled(signal))) = &exit {
        // a terminal that is gone cannot be written, which is no reason to stop here
        let _closed = writeln!(out, "Ended by {signal}.");
    }
    let restored = match guard {
        Some(guard) => guard.wait(signals, &mut out).await,
        None => Ok(false),
    };
    if let (Ok(true), Some(summary)) = (&restored, &mut summary) {
        summary.note_restored();
    }
    // last, because a disk that does not answer must delay nothing else
    let tape = tape.map(|tape| {
        let path = tape.path().to_owned();
        tape.wait(TAPE_TIMEOUT).map(|()| path)
    });
    let exit = match exit {
        Ok(exit) => exit?,
        Err(panic) => resume_unwind(panic),
    };
    if let Some(summary) = summary {
        let _closed = writeln!(out, "{}", summary.sentence(tape));
    }
    restored?;
    Ok(if matches!(exit, Exit::OpenLab) { NextStep::Lab } else { NextStep::Done })
}
