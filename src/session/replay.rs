//! The replay: the dashboard on a tape, with playback in place of sources.
//!
//! The time on the screen is that of the playhead, so that every age is as it was. A replay has no guard and no
//! sources: it cannot touch a cluster.

mod playback;
mod story;

use std::{path::PathBuf, time::Duration};

use tokio::{task::JoinSet, time::sleep_until};

use self::playback::Playback;
use super::{export, player::Player, signals::Signals, terminal_events};
use crate::{
    clock::Clock,
    tape::Tape,
    tui::{
        self, Appearance, Command, Hint, KeyMode, Keyboard, Mode, Model, Screen, SuspendScope, TerminalError,
        TerminalEvent,
    },
};

pub use self::story::write_story;

/// Interval between two frames while the tape plays.
const PLAYING_INTERVAL: Duration = Duration::from_millis(100);

/// Interval between two checks while the tape is paused, for hints that expire.
const PAUSED_INTERVAL: Duration = Duration::from_secs(1);

/// Time for which a hint is shown, in the operator's time.
const HINT_DURATION: Duration = Duration::from_secs(3);

/// Options of a replay.
#[derive(Debug, Clone, Copy)]
pub struct ReplayOptions {
    /// Theme, symbols and language of the screen.
    pub appearance: Appearance,
    /// Whether the terminal reports the mouse wheel.
    pub mouse: bool,
    /// Speed relative to the recorded run.
    pub speed: f64,
    /// Start position, from the start of the tape.
    pub start_at: Duration,
}

struct ReplaySession {
    clock: Clock,
    playback: Playback,
    model: Model,
    /// Time since the start at which the hint was first shown.
    hint_shown_at: Option<Duration>,
    /// Reports that are being written.
    reports: JoinSet<Result<PathBuf, export::ReportError>>,
}

/// Shows a tape until the operator quits or a signal comes. The terminal is as before when this returns.
///
/// # Errors
/// The terminal cannot be used.
pub async fn run_replay(tape: Tape, options: ReplayOptions, mut signals: Signals) -> Result<(), TerminalError> {
    let damage = tape.damage.sentence();
    let clock = Clock::start();
    let playback = Playback::new(Player::new(tape), options.speed, options.start_at);
    let mut screen = Screen::open()?;
    let model = Model {
        mode: Mode::Replay,
        appearance: options.appearance,
        mouse: options.mouse,
        size: screen.size(),
        ..Model::default()
    };
    let mut session = ReplaySession { clock, playback, model, hint_shown_at: None, reports: JoinSet::new() };
    session.playback.begin(clock.elapsed());
    if let Some(damage) = damage {
        session.hint(damage);
    }
    session.run(&mut screen, &mut signals).await
}

impl ReplaySession {
    async fn run(&mut self, screen: &mut Screen, signals: &mut Signals) -> Result<(), TerminalError> {
        let mut keys = Keyboard::open().map_err(TerminalError::from)?;
        if self.model.mouse {
            screen.set_mouse(true);
        }
        self.render(screen)?;
        loop {
            let interval = if self.playback.is_playing() { PLAYING_INTERVAL } else { PAUSED_INTERVAL };
            let due = self.clock.instant_now() + interval;
            tokio::select! {
                biased;
                _signal = signals.next() => return Ok(()),
                event = keys.next() => {
                    // no event follows once the terminal is closed
                    let Some(event) = event else { return Ok(()) };
                    if self.handle_terminal_event(event, screen)? {
                        return Ok(());
                    }
                    self.render(screen)?;
                }
                Some(Ok(result)) = self.reports.join_next() => {
                    self.hint(export::result_sentence(&result));
                    self.render(screen)?;
                }
                () = sleep_until(due) => {
                    let moved = self.playback.advance(self.clock.elapsed());
                    if self.expire_hint() || moved || screen.in_background() {
                        self.render(screen)?;
                    }
                }
            }
        }
    }

    /// Handles an event of the terminal. Returns whether it ends the replay.
    fn handle_terminal_event(&mut self, event: TerminalEvent, screen: &mut Screen) -> Result<bool, TerminalError> {
        let Some(action) = terminal_events::action_of(event, KeyMode::of(&self.model), screen)? else {
            return Ok(false);
        };
        self.playback.advance(self.clock.elapsed());
        self.hint_shown_at = None;
        for command in tui::update(&mut self.model, self.playback.world(), action, self.playback.at()) {
            match command {
                Command::Quit { .. } => return Ok(true),
                Command::SetMouse(on) => screen.set_mouse(on),
                Command::Suspend => {
                    screen.suspend(SuspendScope::Group)?;
                    self.model.size = screen.size();
                }
                Command::Playback(command) => {
                    if let Some(hint) = self.playback.control(command, self.clock.elapsed()) {
                        self.hint(hint);
                    }
                }
                Command::Report => self.start_report(),
                // `update` refuses these in a replay
                Command::StartGuard
                | Command::DismissGuard
                | Command::LeaveDown
                | Command::Execute { .. }
                | Command::Mark { .. }
                | Command::ChooseCluster { .. }
                | Command::Retry
                | Command::OpenLab => {}
            }
        }
        Ok(false)
    }

    /// Starts to write the report of the tape up to the playhead.
    fn start_report(&mut self) {
        let (world, model, now) = (self.playback.world().clone(), self.model.clone(), self.playback.at());
        let run = self.playback.run_info();
        let scene = self.playback.worst_scene();
        self.reports.spawn_blocking(move || export::write_bundle(&world, &model, now, &run, scene.as_ref()));
    }

    fn hint(&mut self, text: String) {
        self.model.hint = Some(Hint { text, at: self.playback.at() });
    }

    /// Removes a hint that has been shown for [`HINT_DURATION`], whatever the tape's time is. Returns whether it did.
    fn expire_hint(&mut self) -> bool {
        let Some(hint) = &mut self.model.hint else { return false };
        let now = self.clock.elapsed();
        if now.saturating_sub(*self.hint_shown_at.get_or_insert(now)) >= HINT_DURATION {
            self.model.hint = None;
            return true;
        }
        hint.at = self.playback.at();
        false
    }

    fn render(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        self.expire_hint();
        self.model.replay = Some(self.playback.status());
        let (world, model, now) = (self.playback.world(), &self.model, self.playback.at());
        screen.draw(|area, buffer| tui::view(world, model, now, area, buffer))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
