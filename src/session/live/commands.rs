//! Actions of the operator, and the commands that `update` makes of them.

use super::state::LiveSession;
use crate::{
    observation::{FaultAction, Observation},
    session::{frame_timer::Urgency, options::SessionTarget, shutdown::Exit, terminal_events},
    tui::{self, Action, Command, KeyMode, Overlay, Screen, SuspendScope, TerminalError, TerminalEvent},
};

impl LiveSession {
    /// Handles an event of the terminal. Returns how the session ends, if the event ends it.
    ///
    /// # Errors
    /// The terminal could not be given back or taken again.
    pub(super) fn handle_terminal_event(
        &mut self,
        event: TerminalEvent,
        screen: &mut Screen,
    ) -> Result<Option<Exit>, TerminalError> {
        match terminal_events::action_of(event, KeyMode::of(&self.model), screen)? {
            Some(action) => self.handle_action(action, screen),
            None => Ok(None),
        }
    }

    fn handle_action(&mut self, action: Action, screen: &mut Screen) -> Result<Option<Exit>, TerminalError> {
        self.frame_timer.request(Urgency::Key);
        for command in tui::update(&mut self.model, &self.world, action, self.clock.now()) {
            if let Some(exit) = self.execute(command, screen)? {
                return Ok(Some(exit));
            }
        }
        // closing the question is a decision to stay
        self.quit_when_ready &= matches!(self.model.overlay, Overlay::Quit | Overlay::Leaving { .. });
        Ok(None)
    }

    fn execute(&mut self, command: Command, screen: &mut Screen) -> Result<Option<Exit>, TerminalError> {
        match command {
            Command::StartGuard => self.start_guard(),
            Command::DismissGuard => self.dismiss_guard(),
            Command::Execute { action, without_intent } => self.dispatch(action, without_intent),
            Command::LeaveDown => {
                if let Some(dispatcher) = &mut self.dispatcher {
                    dispatcher.release();
                }
                return Ok(Some(Exit::Quit));
            }
            Command::Quit { restore: false } => return Ok(Some(Exit::Quit)),
            Command::Quit { restore: true } => {
                self.quit_when_ready = true;
                self.dispatch(FaultAction::Restore, false);
            }
            Command::SetMouse(on) => screen.set_mouse(on),
            Command::Suspend => {
                screen.suspend(SuspendScope::Group)?;
                self.model.size = screen.size();
            }
            Command::Mark { word } => self.observe(Observation::Mark { word }),
            Command::Report => self.start_report(),
            // only a replay has a playback
            Command::Playback(_) => {}
            Command::ChooseCluster { cluster } => self.sources.choose(Some(cluster)),
            Command::Retry => {
                if let SessionTarget::Kind { cluster, .. } = &self.options.target {
                    self.sources.choose(cluster.clone());
                }
            }
            Command::OpenLab => return Ok(Some(Exit::OpenLab)),
        }
        Ok(None)
    }

    /// Starts a guard for a confirmation that is open.
    fn start_guard(&mut self) {
        if self.dispatcher.as_mut().is_some_and(|dispatcher| dispatcher.start_guard()) {
            self.show_starting_guard();
        }
    }

    /// Ends the guard of a confirmation that was canceled.
    fn dismiss_guard(&mut self) {
        if self.dispatcher.as_mut().is_some_and(|dispatcher| dispatcher.dismiss_guard()) {
            self.show_no_guard();
        }
    }

    /// Sends a fault or a restore of the first control plane to the guard or the lab.
    pub(super) fn dispatch(&mut self, action: FaultAction, without_intent: bool) {
        let container = self.world.cluster.as_ref().and_then(|cluster| cluster.control_planes().next());
        let (Some(node), Some(dispatcher)) = (container, &mut self.dispatcher) else {
            self.hint("no control plane is known yet");
            return;
        };
        dispatcher.dispatch(action, node.name.clone(), without_intent, &self.feed);
    }
}
