//! The session on a tape: the same dashboard, and a player in place of the sources.
//!
//! The time on the screen is the tape's at the playhead, so that every age is what it was. Nothing here can touch a
//! cluster: commands that would are refused by `update` already.

mod playback;
mod retell;

use std::{path::PathBuf, time::Duration};

use crossterm::event::Event;
use ratatui::layout::Size;
use tokio::{task::JoinSet, time::sleep_until};

use playback::Playback;
pub use retell::{story, write_story};

use super::{Signals, export, player::Player};
use crate::{
    clock::Clock,
    tape::Tape,
    tui::{
        self, Action, Appearance, Command, Hint, KeyMode, Keyboard, Mode, Model, Screen, SuspendScope, TerminalError,
        TerminalEvent,
    },
};

/// While the tape plays.
const FRAME: Duration = Duration::from_millis(100);
/// While it is paused: for hints that go away.
const IDLE: Duration = Duration::from_secs(1);
/// How long a hint stays.
const HINT: Duration = Duration::from_secs(3);

/// How a tape is shown.
#[derive(Debug, Clone, Copy)]
pub struct ReplayOptions {
    /// How the screen looks.
    pub appearance: Appearance,
    /// Whether the terminal sends the wheel.
    pub mouse: bool,
    /// How fast, where 1 is as it was.
    pub speed: f64,
    /// Where the playhead stands at first, since the tape's start.
    pub start_at: Duration,
}

struct ReplaySession {
    clock: Clock,
    playback: Playback,
    model: Model,
    /// When the hint was first shown.
    hinted: Option<Duration>,
    reports: JoinSet<Result<PathBuf, export::ReportError>>,
}

/// Shows a tape until the person leaves or a signal comes. The terminal is as it was when this returns.
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
    let mut show = ReplaySession { clock, playback, model, hinted: None, reports: JoinSet::new() };
    show.playback.begin(clock.elapsed());
    if let Some(damage) = damage {
        show.hint(damage);
    }
    show.run(&mut screen, &mut signals).await
}

impl ReplaySession {
    async fn run(&mut self, screen: &mut Screen, signals: &mut Signals) -> Result<(), TerminalError> {
        let mut keys = Keyboard::open().map_err(TerminalError::from)?;
        if self.model.mouse {
            screen.set_mouse(true);
        }
        self.draw(screen)?;
        loop {
            let wait = if self.playback.playing() { FRAME } else { IDLE };
            let due = self.clock.instant(self.clock.now()) + wait;
            tokio::select! {
                biased;
                _signal = signals.next() => return Ok(()),
                event = keys.next() => match event {
                    Some(event) => {
                        if self.event(screen, event)? {
                            return Ok(());
                        }
                        self.draw(screen)?;
                    }
                    // the terminal is gone
                    None => return Ok(()),
                },
                Some(Ok(written)) = self.reports.join_next() => {
                    self.hint(export::said(&written));
                    self.draw(screen)?;
                }
                () = sleep_until(due) => {
                    let moved = self.playback.advance(self.clock.elapsed());
                    if self.tend_hint() || moved || screen.in_background() {
                        self.draw(screen)?;
                    }
                }
            }
        }
    }

    /// One event of the terminal; whether it ends the show.
    fn event(&mut self, screen: &mut Screen, input: TerminalEvent) -> Result<bool, TerminalError> {
        let action = match input {
            TerminalEvent::Event(Event::Key(key)) => tui::resolve(key, KeyMode::of(&self.model)),
            TerminalEvent::Event(Event::Mouse(mouse)) => tui::wheel(mouse),
            TerminalEvent::Event(Event::Resize(columns, rows)) => {
                screen.resize(Size::new(columns, rows));
                Some(Action::Resize(Size::new(columns, rows)))
            }
            TerminalEvent::Event(Event::FocusGained | Event::FocusLost | Event::Paste(_)) => None,
            TerminalEvent::Suspend => {
                screen.suspend(SuspendScope::Process)?;
                Some(Action::Resize(screen.size()))
            }
            TerminalEvent::Continue => {
                screen.resume()?;
                Some(Action::Resize(screen.size()))
            }
        };
        let Some(action) = action else { return Ok(false) };
        self.playback.advance(self.clock.elapsed());
        self.hinted = None;
        for command in tui::update(&mut self.model, self.playback.world(), action, self.playback.at()) {
            match command {
                Command::Quit { .. } => return Ok(true),
                Command::SetMouse(on) => screen.set_mouse(on),
                Command::Suspend => {
                    screen.suspend(SuspendScope::Group)?;
                    self.model.size = screen.size();
                }
                Command::Playback(transport) => {
                    if let Some(said) = self.playback.play(transport, self.clock.elapsed()) {
                        self.hint(said);
                    }
                }
                Command::Report => self.report(),
                // a tape has nothing to do these to; `update` says so
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

    /// Has the report of the tape written, as far as the playhead.
    fn report(&mut self) {
        let (world, model, now) = (self.playback.world().clone(), self.model.clone(), self.playback.at());
        let about = export::RunInfo::of(self.playback.header(), &world);
        let scene = self.playback.worst_scene();
        self.reports.spawn_blocking(move || export::write(&world, &model, now, &about, scene.as_ref()));
    }

    fn hint(&mut self, text: String) {
        self.model.hint = Some(Hint { text, at: self.playback.at() });
    }

    /// A hint stays for some seconds of the person's time, whatever the tape's does; whether it has just gone.
    fn tend_hint(&mut self) -> bool {
        let Some(hint) = &mut self.model.hint else { return false };
        let now = self.clock.elapsed();
        if now.saturating_sub(*self.hinted.get_or_insert(now)) >= HINT {
            self.model.hint = None;
            return true;
        }
        hint.at = self.playback.at();
        false
    }

    fn draw(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        self.tend_hint();
        self.model.replay = Some(self.playback.shown());
        let (world, model, now) = (self.playback.world(), &self.model, self.playback.at());
        screen.draw(|area, buffer| tui::view(world, model, now, area, buffer))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
