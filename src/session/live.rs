//! The live session: the dashboard on a cluster or on the lab, and its loop.
//!
//! The loop drains, folds and renders. Signals, keys and frames come before observations, so that a dead backend or a
//! storm of lines never freezes a key. Nothing in it awaits I/O.

mod commands;
mod guard_events;
mod source_events;
mod state;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::time::sleep_until;

use self::{guard_events::next_guard_event, state::LiveSession};
use super::{
    batch::{BATCH_SIZE, BatchReceiver},
    options::{SessionError, SessionOptions, SessionTarget},
    shutdown::{ApiDowntime, DetachedGuard, Exit, SessionEnd, SessionSummary},
    signals::{HANG_UP, Signals},
    sources::SourceTasks,
};
use crate::{
    clock::Clock,
    feed::{self, Feed},
    test_panic,
    tui::{Keyboard, Screen, TerminalError},
};

/// Shows the dashboard until the operator quits or a signal comes. The terminal is as before when this returns, also
/// after a panic. Pass the result to [`restore_and_report`](super::restore_and_report), which waits for the guard.
///
/// # Errors
/// The terminal cannot be used, or the lab cannot be started.
pub async fn run_live(options: SessionOptions, signals: &mut Signals) -> Result<SessionEnd, SessionError> {
    let clock = Clock::start();
    let (feed, received) = Feed::channel(clock, feed::CAPACITY);
    let sources = SourceTasks::start(&options.target, feed.clone())?;
    let mut screen = Screen::open()?;
    let mut session = LiveSession::new(options, sources, clock, feed, screen.size());
    let observations = BatchReceiver::new(received, clock);
    // a panic in the loop ends the session, and must not leave the control plane down
    let exit = AssertUnwindSafe(session.run(&mut screen, signals, observations)).catch_unwind().await;
    // before anything else: from here on the guard restores the control plane by itself
    let guard = session.dispatcher.take().and_then(DetachedGuard::detach);
    // everything is asked to end at the same time, and one bound holds for all
    let closing_since = clock.instant_now();
    session.sources.cancel();
    let tape = session.recording.close();
    drop(screen);
    session.sources.close(closing_since).await;
    let summary = session.world.cluster.is_some().then(|| SessionSummary {
        downtime: ApiDowntime::of(&session.world, clock),
        report: session.last_report.take(),
    });
    Ok(SessionEnd { exit, guard, summary, tape })
}

impl LiveSession {
    /// Runs the loop until the session ends.
    async fn run(
        &mut self,
        screen: &mut Screen,
        signals: &mut Signals,
        mut observations: BatchReceiver,
    ) -> Result<Exit, TerminalError> {
        let mut keys = Keyboard::open().map_err(TerminalError::from)?;
        let mut batch = Vec::with_capacity(BATCH_SIZE);
        if self.model.mouse {
            screen.set_mouse(true);
        }
        let real_cluster = matches!(self.options.target, SessionTarget::Kind { .. });
        if real_cluster && self.options.restore_after.is_none() {
            self.hint("--leave: the control plane will NOT be started again automatically");
        }
        loop {
            test_panic::check("loop");
            tokio::select! {
                biased;
                signal = signals.next() => return Ok(Exit::Signaled(signal)),
                event = keys.next() => {
                    let Some(event) = event else { return Ok(Exit::Signaled(HANG_UP)) };
                    if let Some(exit) = self.handle_terminal_event(event, screen)? {
                        return Ok(exit);
                    }
                }
                () = sleep_until(self.frame_timer.due()) => self.render(screen)?,
                event = next_guard_event(&mut self.dispatcher) => {
                    if let Some(exit) = self.handle_guard_event(event) {
                        return Ok(exit);
                    }
                }
                Some(Ok(result)) = self.reports.join_next() => self.handle_report_written(result),
                jumps = self.machine_sleep.next_jumps() => jumps.into_iter().for_each(|jump| self.observe(jump)),
                event = self.sources.next_event() => self.handle_task_event(event),
                () = observations.drain(&mut batch) => batch.drain(..).for_each(|stamped| self.fold(stamped)),
            }
        }
    }
}
