//! The end of a session: what the guard still does, and the words on the way out.
//!
//! Does nothing to a container: whatever is outstanding is the guard's, which goes on when this program has ended. Here
//! it is only waited for, so that the last line can say what was seen.

use std::{any::Any, io::Write, panic::resume_unwind, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::Signals;
use crate::{
    guard::{Guard, Report},
    observation::{Deed, OperatorPhase},
    tui::TerminalError,
    world::World,
};

/// How long a guard that has nothing to undo may take to end.
const RELEASED: Duration = Duration::from_secs(3);

/// How a session ended.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The operator left, and has decided what becomes of the control plane.
    Left,
    /// The operator wants the lab instead.
    WantsLab,
    /// A signal came, or the terminal went away.
    Signalled(&'static str),
}

/// A guard that was let go of.
#[derive(Debug)]
pub(super) struct LetGo {
    reports: mpsc::Receiver<Report>,
    pid: Option<u32>,
    outstanding: bool,
}

impl From<Guard> for LetGo {
    fn from(guard: Guard) -> Self {
        let (pid, outstanding) = (guard.pid(), guard.outstanding().is_some());
        Self { reports: guard.let_go(), pid, outstanding }
    }
}

/// How a session ended, and what is still under way.
#[derive(Debug)]
pub struct Ending {
    shown: Result<Result<Exit, TerminalError>, Box<dyn Any + Send>>,
    guard: Option<LetGo>,
    summary: Option<String>,
}

/// What comes after a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// The operator wants the lab.
    Lab,
}

/// Why a session did not end well.
#[derive(Debug, thiserror::Error)]
pub enum EndingError {
    /// The terminal failed.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The control plane could not be brought back.
    #[error("the control plane is still down: {0}; `blackout restore` tries again")]
    Restore(String),
    /// A second signal came while the control plane was being brought back.
    #[error(
        "ended by a second {signal} before the control plane was ready{}; `blackout restore` waits for it",
        guard.map_or(String::new(), |pid| format!(" (its guard, pid {pid}, goes on)"))
    )]
    Impatient {
        /// The signal.
        signal: &'static str,
        /// Process id of the guard. `None` if there is no process.
        guard: Option<u32>,
    },
    /// The guard ended before it said that the control plane is ready.
    #[error("the guard has ended before the control plane was ready: `blackout restore` brings it back")]
    GuardGone,
}

impl Ending {
    pub(super) fn new(
        shown: Result<Result<Exit, TerminalError>, Box<dyn Any + Send>>,
        guard: Option<LetGo>,
        summary: Option<String>,
    ) -> Self {
        Self { shown, guard, summary }
    }
}

/// Says how long the API server was away in this session. `None` if it was not.
pub(super) fn summary(world: &World) -> Option<String> {
    let outages: Vec<_> = world.outages.iter().filter(|outage| outage.steps.first_failed_check.is_some()).collect();
    let last = outages.last()?;
    let age = crate::tui::age(last.duration(world.now));
    let state = if last.ended.is_some() { "was away for" } else { "has been away for" };
    Some(match outages.len() {
        1 => format!("The API server {state} {age}."),
        count => format!("{count} outages; in the last one the API server {state} {age}."),
    })
}

/// Waits until the guard has brought the control plane back, where this session has taken it away and the operator did
/// not decide otherwise, and writes what becomes of it to `out`. A panic goes on after that.
///
/// # Errors
/// The terminal failed, the control plane could not be brought back, or a second signal came before it was ready.
pub async fn restore_and_report(
    ending: Ending,
    signals: &mut Signals,
    mut out: impl Write,
) -> Result<Next, EndingError> {
    let Ending { shown, guard, summary } = ending;
    if let Ok(Ok(Exit::Signalled(signal))) = &shown {
        // the terminal may be gone: nobody to read it is no reason not to go on
        let _unread = writeln!(out, "Ended by {signal}.");
    }
    let restored = match guard {
        Some(guard) => guard.wait(signals, &mut out).await,
        None => Ok(()),
    };
    let exit = match shown {
        Ok(exit) => exit?,
        Err(panic) => resume_unwind(panic),
    };
    if let Some(summary) = summary {
        let _unread = writeln!(out, "{summary}");
    }
    restored?;
    Ok(if matches!(exit, Exit::WantsLab) { Next::Lab } else { Next::Done })
}

impl LetGo {
    /// Waits for the end of the guard, and says what it does meanwhile.
    async fn wait(mut self, signals: &mut Signals, out: &mut impl Write) -> Result<(), EndingError> {
        let mut failed = None;
        let mut told = String::new();
        loop {
            let next = self.reports.recv();
            let report = if self.outstanding {
                tokio::select! {
                    report = next => report,
                    signal = signals.next() => return Err(EndingError::Impatient { signal, guard: self.pid }),
                }
            } else {
                // nothing is outstanding, or a request is on its way to be answered
                timeout(RELEASED, next).await.unwrap_or_default()
            };
            let Some(report) = report else { break };
            let words = match report {
                Report::Outstanding { .. } => {
                    self.outstanding = true;
                    continue;
                }
                Report::Settled { reason } => {
                    if std::mem::take(&mut self.outstanding) {
                        failed = None;
                        format!("{reason}.")
                    } else {
                        continue;
                    }
                }
                Report::Step(step) if step.deed == Deed::Restore => match step.phase {
                    OperatorPhase::Requested => format!("Starting {} again ...", step.container),
                    OperatorPhase::Retrying { error, .. } => format!("{error}; trying again"),
                    OperatorPhase::Failed { error } => {
                        failed = Some(error);
                        continue;
                    }
                    _ => continue,
                },
                Report::Notice { text } => format!("{text}."),
                _ => continue,
            };
            if words != told {
                let _unread = writeln!(out, "{words}");
                told = words;
            }
        }
        match failed {
            Some(error) => Err(EndingError::Restore(error)),
            None if self.outstanding => Err(EndingError::GuardGone),
            None => Ok(()),
        }
    }
}
