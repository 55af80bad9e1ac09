//! What comes of the operator's requests, on its way into the world and the model.
//!
//! Every step of a deed becomes an observation; what only the screen needs (the guard's state, a question, a hint) goes
//! into the model.

use super::{
    Session,
    fault_dispatcher::{Event as Outcome, FaultDispatcher},
    frame_timer::Urgency,
    shutdown::Exit,
};
use crate::{
    guard::{GuardReport, Intent},
    observation::{FaultAction, Observation, OperatorPhase, OperatorStep},
    tui::{GuardState, GuardStatus, Overlay},
};

impl Session {
    /// Starts a guard for a question that is open.
    pub(super) fn start_guard(&mut self) {
        if self.fault_dispatcher.as_mut().is_some_and(FaultDispatcher::start_guard) {
            self.model.guard = GuardStatus { state: GuardState::Starting, ..Default::default() };
        }
    }

    pub(super) fn dismiss_guard(&mut self) {
        if self.fault_dispatcher.as_mut().is_some_and(FaultDispatcher::dismiss_guard) {
            self.model.guard = GuardStatus::default();
        }
    }

    /// Has a deed done.
    pub(super) fn carry_out(&mut self, deed: FaultAction, without_intent: bool) {
        let container = self.world.cluster.as_ref().and_then(|cluster| cluster.control_planes().next());
        let (Some(node), Some(fault_dispatcher)) = (container, &mut self.fault_dispatcher) else {
            self.hint("there is no control plane to do that to yet");
            return;
        };
        fault_dispatcher.carry_out(deed, node.name.clone(), without_intent, &self.feed);
    }

    /// Something came of what was asked for. Returns how the session ends, if that ends it.
    pub(super) fn came_of(&mut self, outcome: Outcome) -> Option<Exit> {
        match outcome {
            Outcome::Guard(report) => return self.reported(report),
            Outcome::GuardEnded(None) => self.model.guard = GuardStatus::default(),
            Outcome::GuardEnded(Some(intent)) => {
                self.hint("the guard was killed; another takes over");
                // what it was asked for is asked for again
                let restoring = self.leaving
                    || self.world.operator.in_progress().is_some_and(|action| action.action == FaultAction::Restore);
                self.adopt(intent, true);
                if restoring {
                    self.carry_out(FaultAction::Restore, false);
                }
            }
            Outcome::LeftBehind(intent) => self.adopt(intent, false),
            Outcome::WatchedBy(pid) => {
                self.hint(&format!("another blackout (pid {pid}) watches over this control plane"));
            }
            Outcome::Nothing => {}
        }
        None
    }

    fn adopt(&mut self, intent: Box<Intent>, known: bool) {
        if let Some(fault_dispatcher) = &mut self.fault_dispatcher {
            fault_dispatcher.adopt(intent, known);
            self.model.guard = GuardStatus { state: GuardState::Starting, ..Default::default() };
        }
    }

    pub(super) fn reported(&mut self, report: GuardReport) -> Option<Exit> {
        self.frame_timer.changed(Urgency::Now);
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
            GuardReport::NeedsConsent { deed, reason } => {
                self.model.requested = None;
                self.model.overlay = Overlay::Consent { action: deed, reason };
            }
            GuardReport::Notice { text } => self.hint(&text),
            GuardReport::Outstanding { intent, adopted: true } => {
                if self.world.operator.fault().is_none() {
                    self.hint(&format!("an earlier run was ended while {} was down", intent.container));
                }
                let step =
                    OperatorStep { action: intent.deed, container: intent.container, phase: OperatorPhase::Adopted };
                self.say(Observation::Operator(step));
                if self.model.overlay == Overlay::None {
                    self.model.overlay = Overlay::Confirm(FaultAction::Restore);
                }
            }
            GuardReport::Outstanding { adopted: false, .. } => {}
            GuardReport::Settled { .. } => self.model.guard = GuardStatus::default(),
            GuardReport::Step(step) => return self.stepped(step),
        }
        None
    }

    /// A deed has come a step further.
    pub(super) fn stepped(&mut self, step: OperatorStep) -> Option<Exit> {
        let restore = step.action == FaultAction::Restore;
        let asks = matches!(self.model.overlay, Overlay::Leaving { .. } | Overlay::Quit);
        let mut over = false;
        match &step.phase {
            OperatorPhase::Failed { error } => {
                self.hint(error);
                if restore && self.leaving && asks {
                    self.model.overlay = Overlay::Quit;
                }
            }
            // the operator decides again; the guard goes on trying
            OperatorPhase::Retrying { .. } if self.leaving && asks => self.model.overlay = Overlay::Quit,
            OperatorPhase::Done if restore => {
                over = true;
                // the question was about a control plane that is ready by now
                if self.model.overlay == Overlay::Quit && !self.leaving {
                    self.model.overlay = Overlay::None;
                }
            }
            OperatorPhase::Released { reason } => {
                self.hint(reason);
                over = true;
                if self.model.overlay == Overlay::Quit || self.model.overlay == Overlay::Confirm(FaultAction::Restore) {
                    self.model.overlay = Overlay::None;
                }
            }
            _ => {}
        }
        self.say(Observation::Operator(step));
        (over && std::mem::take(&mut self.leaving) && asks).then_some(Exit::Left)
    }
}

/// Waits for the next thing that comes of a request; for ever until the cluster is known.
pub(super) async fn outcome(fault_dispatcher: &mut Option<FaultDispatcher>) -> Outcome {
    match fault_dispatcher {
        Some(fault_dispatcher) => fault_dispatcher.next().await,
        None => std::future::pending().await,
    }
}
