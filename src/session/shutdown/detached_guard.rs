//! A guard whose dashboard has ended: it restores the control plane by itself, while its reports are printed.

use std::{io::Write, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::error::ShutdownError;
use crate::{
    guard::{Guard, GuardReport, Intent},
    observation::{FaultAction, OperatorPhase},
    session::{
        fault_dispatcher::FaultDispatcher,
        signals::{HANG_UP, Signals},
    },
};

/// Time that a guard with nothing to undo gets to end.
const SETTLED_GUARD_TIMEOUT: Duration = Duration::from_secs(3);

/// Number of times that a killed guard is replaced during the shutdown.
const MAX_REPLACEMENTS: u32 = 3;

/// A guard without a dashboard.
#[derive(Debug)]
pub(in crate::session) struct DetachedGuard {
    reports: mpsc::Receiver<GuardReport>,
    /// `None` if it runs inside this process, or has not reported.
    pid: Option<u32>,
    /// The fault that it has to undo. `None` if nothing is outstanding.
    outstanding: Option<Intent>,
    /// Starts another guard if this one is killed.
    dispatcher: FaultDispatcher,
    progress: ShutdownProgress,
}

/// What the reports have shown so far.
#[derive(Debug, Default)]
struct ShutdownProgress {
    /// Error of the last restore. `None` if none has failed since.
    failed: Option<String>,
    /// Whether a restore has ended with a ready control plane.
    restored: bool,
    /// Last line that was printed.
    printed: String,
    replacements: u32,
}

impl DetachedGuard {
    /// Detaches the guard of `dispatcher`. `None` if there is none, or it has nothing to guard (`--leave`).
    pub(in crate::session) fn detach(mut dispatcher: FaultDispatcher) -> Option<Self> {
        let guard = dispatcher.take_guard()?;
        let (pid, outstanding) = (guard.pid(), guard.outstanding().cloned());
        Some(Self { reports: guard.detach(), pid, outstanding, dispatcher, progress: ShutdownProgress::default() })
    }

    /// Waits for the end of the guard, and prints its progress. Returns whether the control plane came back.
    ///
    /// # Errors
    /// The control plane could not be brought back, a second signal came, or the guard was killed too often.
    pub(super) async fn wait(mut self, signals: &mut Signals, out: &mut impl Write) -> Result<bool, ShutdownError> {
        loop {
            let Some(report) = self.next_report(signals).await? else {
                // it was killed, unless its restore has failed
                if self.progress.failed.is_none() && self.replace() {
                    continue;
                }
                break;
            };
            if let Some(line) = self.handle_report(report)
                && line != self.progress.printed
            {
                let _closed = writeln!(out, "{line}");
                self.progress.printed = line;
            }
        }
        match self.progress.failed {
            Some(error) => Err(ShutdownError::Restore(error)),
            None if self.outstanding.is_some() => Err(ShutdownError::GuardEnded),
            None => Ok(self.progress.restored),
        }
    }

    /// Waits for the next report. `None` if the guard has ended, or has nothing to undo and does not end in time.
    async fn next_report(&mut self, signals: &mut Signals) -> Result<Option<GuardReport>, ShutdownError> {
        if self.outstanding.is_none() {
            return Ok(timeout(SETTLED_GUARD_TIMEOUT, self.reports.recv()).await.unwrap_or_default());
        }
        tokio::select! {
            report = self.reports.recv() => Ok(report),
            signal = second_signal(signals) => Err(ShutdownError::SecondSignal { signal, guard: self.pid }),
        }
    }

    /// Notes a report. Returns the line that a person gets, if any.
    fn handle_report(&mut self, report: GuardReport) -> Option<String> {
        match report {
            GuardReport::Outstanding { intent, .. } => {
                self.outstanding = Some(*intent);
                None
            }
            GuardReport::Settled { reason } => {
                self.progress.failed = None;
                self.outstanding.take().map(|_| format!("{reason}."))
            }
            GuardReport::Step(step) if step.action == FaultAction::Restore => match step.phase {
                OperatorPhase::Requested => Some(format!("Starting {} again ...", step.container)),
                OperatorPhase::Retrying { error, .. } => Some(format!("{error}; retrying")),
                OperatorPhase::Failed { error } => {
                    self.progress.failed = Some(error);
                    None
                }
                OperatorPhase::Done => {
                    self.progress.restored = true;
                    None
                }
                _ => None,
            },
            GuardReport::Notice { text } => Some(format!("{text}.")),
            _ => None,
        }
    }

    /// Starts another guard for the outstanding fault. Returns whether one was started.
    fn replace(&mut self) -> bool {
        let Some(intent) = self.outstanding.clone() else { return false };
        if self.progress.replacements == MAX_REPLACEMENTS {
            return false;
        }
        self.progress.replacements += 1;
        self.dispatcher.adopt(Box::new(intent), true);
        let Some(guard) = self.dispatcher.take_guard() else { return false };
        self.attach(guard);
        true
    }

    fn attach(&mut self, guard: Guard) {
        self.pid = guard.pid();
        self.reports = guard.detach();
    }
}

/// Waits for a signal by which somebody asks for the end at once. SIGHUP does not count: a terminal that is closed
/// sends it in addition to the end of its input.
async fn second_signal(signals: &mut Signals) -> &'static str {
    loop {
        match signals.next().await {
            HANG_UP => {}
            signal => return signal,
        }
    }
}
