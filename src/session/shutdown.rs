//! The end of a session: what the guard still does, and the words on the way out.
//!
//! Does nothing to a container: whatever is outstanding is the guard's, which goes on when this program has ended. Here
//! it is only waited for, so that the last line can say what was seen.

use std::{any::Any, io::Write, panic::resume_unwind, path::PathBuf, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::{Signals, fault_dispatcher::FaultDispatcher};
use crate::{
    clock::Clock,
    guard::{GuardReport, Intent},
    observation::{FaultAction, OperatorPhase, Time},
    tape::{ClosingTape, RecordError},
    tui::TerminalError,
    world::World,
};

/// How long a guard that has nothing to undo may take to end.
const RELEASED: Duration = Duration::from_secs(3);

/// Time that the tape's disk gets after everything else is done.
pub(super) const TAPE: Duration = Duration::from_millis(750);

/// How often a guard that was killed is replaced on the way out.
const REPLACEMENTS: u32 = 3;

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

/// A guard that was let go of: it brings the control plane back by itself.
#[derive(Debug)]
pub(super) struct DetachedGuard {
    pub(super) reports: mpsc::Receiver<GuardReport>,
    /// Its process id. `None` if it runs inside this process, or has not reported.
    pub(super) pid: Option<u32>,
    /// What it has to undo. `None` if nothing is outstanding.
    pub(super) outstanding: Option<Intent>,
    /// What another guard is started with, if this one is killed.
    pub(super) fault_dispatcher: FaultDispatcher,
}

/// How a session ended, and what is still under way.
#[derive(Debug)]
pub struct SessionEnd {
    shown: Result<Result<Exit, TerminalError>, Box<dyn Any + Send>>,
    guard: Option<DetachedGuard>,
    summary: Option<SessionSummary>,
    tape: Option<ClosingTape>,
}

/// What comes after a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing.
    Done,
    /// The operator wants the lab.
    Lab,
}

/// Why a session did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ShutdownError {
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
        /// Name of the signal.
        signal: &'static str,
        /// Process id of the guard. `None` if there is no process.
        guard: Option<u32>,
    },
    /// The guard ended before it said that the control plane is ready.
    #[error("the guard has ended before the control plane was ready: `blackout restore` brings it back")]
    GuardGone,
}

impl SessionEnd {
    pub(super) fn new(
        shown: Result<Result<Exit, TerminalError>, Box<dyn Any + Send>>,
        guard: Option<DetachedGuard>,
        summary: Option<SessionSummary>,
        tape: Option<ClosingTape>,
    ) -> Self {
        Self { shown, guard, summary, tape }
    }
}

/// What is said of a session at its end.
#[derive(Debug)]
pub(super) struct SessionSummary {
    /// How long the API server was away. `None` if it answered all the time.
    pub(super) away: Option<ApiDowntime>,
    /// Path of the last report that was written by key. `None` if none was.
    pub(super) report: Option<PathBuf>,
}

impl SessionSummary {
    /// One line for a person.
    fn sentence(&self, tape: Option<Result<PathBuf, RecordError>>) -> String {
        let mut line =
            self.away.as_ref().map_or("The API server answered all the time.".to_owned(), ApiDowntime::sentence);
        match tape {
            Some(Ok(path)) => line.push_str(&format!(" Tape: {}.", path.display())),
            Some(Err(error)) => line.push_str(&format!(" {error}.")),
            None => {}
        }
        if let Some(report) = &self.report {
            line.push_str(&format!(" GuardReport: {}.", report.display()));
        }
        line
    }
}

/// How often and how long the API server was away in a session.
#[derive(Debug)]
pub(super) struct ApiDowntime {
    outages: usize,
    /// When the last outage began.
    began: Time,
    /// When `/readyz` answered 200 again. `None` if the session ended before that.
    ready: Option<Time>,
    clock: Clock,
}

impl ApiDowntime {
    /// Counts the outages of `world`. `None` if the API server answered all the time.
    pub(super) fn of(world: &World, clock: Clock) -> Option<Self> {
        let outages: Vec<_> =
            world.outages.iter().filter(|outage| outage.steps().first_failed_check.is_some()).collect();
        let last = outages.last()?;
        Some(Self { outages: outages.len(), began: last.began, ready: last.steps().readyz.or(last.ended()), clock })
    }

    /// Notes that the guard has brought the control plane back after the session.
    fn back(&mut self) {
        let now = self.clock.now();
        self.ready.get_or_insert(now);
    }

    fn sentence(&self) -> String {
        let age = crate::units::duration(self.ready.unwrap_or_else(|| self.clock.now()) - self.began);
        let state = if self.ready.is_some() { "was away for" } else { "has been away for" };
        match self.outages {
            1 => format!("The API server {state} {age}."),
            count => format!("{count} outages; in the last one the API server {state} {age}."),
        }
    }
}

/// Waits until the guard has brought the control plane back, where this session has taken it away and the operator did
/// not decide otherwise, and writes what becomes of it to `out`. A panic goes on after that.
///
/// # Errors
/// The terminal failed, the control plane could not be brought back, or a second signal came before it was ready.
pub async fn restore_and_report(
    ending: SessionEnd,
    signals: &mut Signals,
    mut out: impl Write,
) -> Result<NextStep, ShutdownError> {
    let SessionEnd { shown, guard, mut summary, tape } = ending;
    if let Ok(Ok(Exit::Signalled(signal))) = &shown {
        // the terminal may be gone: nobody to read it is no reason not to go on
        let _unread = writeln!(out, "Ended by {signal}.");
    }
    let restored = match guard {
        Some(guard) => guard.wait(signals, &mut out).await,
        None => Ok(false),
    };
    if let (Ok(true), Some(away)) = (&restored, summary.as_mut().and_then(|summary| summary.away.as_mut())) {
        away.back();
    }
    // last of all: a disk that does not answer holds up nothing else
    let tape = tape.map(|tape| {
        let path = tape.path().to_owned();
        tape.wait(TAPE).map(|()| path)
    });
    let exit = match shown {
        Ok(exit) => exit?,
        Err(panic) => resume_unwind(panic),
    };
    if let Some(summary) = summary {
        let _unread = writeln!(out, "{}", summary.sentence(tape));
    }
    restored?;
    Ok(if matches!(exit, Exit::WantsLab) { NextStep::Lab } else { NextStep::Done })
}

impl DetachedGuard {
    /// Waits for the end of the guard, and says what it does meanwhile. Returns whether the control plane came back.
    async fn wait(mut self, signals: &mut Signals, out: &mut impl Write) -> Result<bool, ShutdownError> {
        let mut failed = None;
        let mut back = false;
        let mut written = String::new();
        let mut replaced = 0;
        loop {
            let next = self.reports.recv();
            let report = if self.outstanding.is_some() {
                tokio::select! {
                    report = next => report,
                    signal = impatience(signals) => return Err(ShutdownError::Impatient { signal, guard: self.pid }),
                }
            } else {
                // nothing is outstanding, or a request is on its way to be answered
                timeout(RELEASED, next).await.unwrap_or_default()
            };
            let Some(report) = report else {
                // somebody has killed it: another takes over, unless it failed by itself
                if failed.is_none() && replaced < REPLACEMENTS && self.replace() {
                    replaced += 1;
                    continue;
                }
                break;
            };
            back |= matches!(&report, GuardReport::Step(step) if step.action == FaultAction::Restore && step.phase == OperatorPhase::Done);
            if let Some(words) = self.words(report, &mut failed)
                && words != written
            {
                let _unread = writeln!(out, "{words}");
                written = words;
            }
        }
        match failed {
            Some(error) => Err(ShutdownError::Restore(error)),
            None if self.outstanding.is_some() => Err(ShutdownError::GuardGone),
            None => Ok(back),
        }
    }

    /// What a report has for a person on the way out. `None` if nothing.
    fn words(&mut self, report: GuardReport, failed: &mut Option<String>) -> Option<String> {
        match report {
            GuardReport::Outstanding { intent, .. } => {
                self.outstanding = Some(*intent);
                None
            }
            GuardReport::Settled { reason } => {
                *failed = None;
                self.outstanding.take().map(|_| format!("{reason}."))
            }
            GuardReport::Step(step) if step.action == FaultAction::Restore => match step.phase {
                OperatorPhase::Requested => Some(format!("Starting {} again ...", step.container)),
                OperatorPhase::Retrying { error, .. } => Some(format!("{error}; trying again")),
                OperatorPhase::Failed { error } => {
                    *failed = Some(error);
                    None
                }
                _ => None,
            },
            GuardReport::Notice { text } => Some(format!("{text}.")),
            _ => None,
        }
    }

    /// Has another guard undo what is outstanding. Returns whether anything is.
    fn replace(&mut self) -> bool {
        let Some(intent) = self.outstanding.clone() else { return false };
        let Some((reports, pid)) = self.fault_dispatcher.replace_guard(Box::new(intent)) else { return false };
        (self.reports, self.pid) = (reports, pid);
        true
    }
}

/// Waits for a signal by which somebody asks for the end at once. A terminal that goes away sends SIGHUP as well as
/// being gone, and nobody means anything by it.
async fn impatience(signals: &mut Signals) -> &'static str {
    loop {
        match signals.next().await {
            "SIGHUP" => {}
            signal => return signal,
        }
    }
}
