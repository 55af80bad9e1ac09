//! Events of the guard, on their way into the world and the model.
//!
//! Every step of a fault or a restore becomes an observation; what only the screen needs (the guard's state, a
//! question, a hint) changes the model.

use super::state::LiveSession;
use crate::{
    guard::{GuardReport, Intent},
    observation::{FaultAction, Observation, OperatorPhase, OperatorStep},
    session::{
        fault_dispatcher::{FaultDispatcher, GuardEvent},
        frame_timer::Urgency,
        shutdown::Exit,
    },
    tui::{GuardState, GuardStatus, Overlay},
};

impl LiveSession {
    /// Handles an event of the guard. Returns how the session ends, if the event ends it.
    pub(super) fn handle_guard_event(&mut self, event: GuardEvent) -> Option<Exit> {
        match event {
            GuardEvent::Report(report) => return self.handle_guard_report(report),
            GuardEvent::Ended { outstanding: None } => self.show_no_guard(),
            GuardEvent::Ended { outstanding: Some(intent) } => self.replace_guard(intent),
            GuardEvent::IntentFound(intent) => self.adopt(intent, false),
            GuardEvent::WatchedBy(pid) => {
                self.hint(&format!("another blackout (pid {pid}) watches over this control plane"));
            }
            GuardEvent::Nothing => {}
        }
        None
    }

    /// Starts another guard after the first was killed, and repeats the restore that it was asked for.
    fn replace_guard(&mut self, intent: Box<Intent>) {
        self.hint("the guard was killed; another one takes over");
        let in_progress = self.world.operator.in_progress();
        let restoring = self.quit_when_ready || in_progress.is_some_and(|step| step.action == FaultAction::Restore);
        self.adopt(intent, true);
        if restoring {
            self.dispatch(FaultAction::Restore, false);
        }
    }

    fn adopt(&mut self, intent: Box<Intent>, known: bool) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.adopt(intent, known);
            self.show_starting_guard();
        }
    }

    pub(super) fn show_starting_guard(&mut self) {
        self.model.guard = GuardStatus { state: GuardState::Starting, ..Default::default() };
    }

    pub(super) fn show_no_guard(&mut self) {
        self.model.guard = GuardStatus::default();
    }

    fn handle_guard_report(&mut self, report: GuardReport) -> Option<Exit> {
        self.frame_timer.request(Urgency::Key);
        match report {
            GuardReport::Ready { pid, intent_fails, watched_by } => {
                let state = match &self.model.guard.state {
                    GuardState::Fallback(reason) => GuardState::Fallback(reason.clone()),
                    _ if self.options.restore_after.is_none() => GuardState::Off,
                    _ => GuardState::Running(pid),
                };
                self.model.guard = GuardStatus { state, intent_fails, watched_by };
            }
            GuardReport::Fallback { reason } => self.model.guard.state = GuardState::Fallback(reason),
            GuardReport::NeedsConsent { action, reason } => {
                self.model.requested = None;
                self.model.overlay = Overlay::Consent { action, reason };
            }
            GuardReport::Notice { text } => self.hint(&text),
            GuardReport::Outstanding { intent, adopted: true } => self.offer_restore(*intent),
            GuardReport::Outstanding { adopted: false, .. } => {}
            GuardReport::Settled { .. } => self.show_no_guard(),
            GuardReport::Step(step) => return self.handle_step(step),
        }
        None
    }

    /// Asks whether the fault that an earlier run left behind is to be undone.
    fn offer_restore(&mut self, intent: Intent) {
        if self.world.operator.fault().is_none() {
            self.hint(&format!("an earlier run was ended while {} was down", intent.container));
        }
        let step = OperatorStep { action: intent.action, container: intent.container, phase: OperatorPhase::Adopted };
        self.observe(Observation::Operator(step));
        if self.model.overlay == Overlay::None {
            self.model.overlay = Overlay::Confirm(FaultAction::Restore);
        }
    }

    /// Handles a step of a fault or a restore. The session ends with a restore that the operator waits for before
    /// leaving.
    fn handle_step(&mut self, step: OperatorStep) -> Option<Exit> {
        let restore = step.action == FaultAction::Restore;
        let asking = matches!(self.model.overlay, Overlay::Leaving { .. } | Overlay::Quit);
        let mut over = false;
        match &step.phase {
            OperatorPhase::Failed { error } => {
                self.hint(error);
                if restore && self.quit_when_ready && asking {
                    self.model.overlay = Overlay::Quit;
                }
            }
            // the operator decides again, while the guard goes on trying
            OperatorPhase::Retrying { .. } if self.quit_when_ready && asking => self.model.overlay = Overlay::Quit,
            OperatorPhase::Done if restore => {
                over = true;
                // the question was about a control plane that is ready by now
                if self.model.overlay == Overlay::Quit && !self.quit_when_ready {
                    self.model.overlay = Overlay::None;
                }
            }
            OperatorPhase::Released { reason } => {
                self.hint(reason);
                over = true;
                if matches!(self.model.overlay, Overlay::Quit | Overlay::Confirm(FaultAction::Restore)) {
                    self.model.overlay = Overlay::None;
                }
            }
            _ => {}
        }
        self.observe(Observation::Operator(step));
        (over && std::mem::take(&mut self.quit_when_ready) && asking).then_some(Exit::Quit)
    }
}

/// Waits for the next event of the guard; without end until the cluster is known.
pub(super) async fn next_guard_event(dispatcher: &mut Option<FaultDispatcher>) -> GuardEvent {
    match dispatcher {
        Some(dispatcher) => dispatcher.next_event().await,
        None => std::future::pending().await,
    }
}
