//! Events of the terminal, turned into actions: the same for a live session and a replay.

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::tui::{self, Action, KeyMode, Screen, SuspendScope, TerminalError, TerminalEvent};

/// Applies an event to the screen, and returns the action that it stands for. `None` if the event is not bound.
///
/// # Errors
/// The terminal could not be given back or taken again.
pub(super) fn action_of(
    event: TerminalEvent,
    key_mode: KeyMode,
    screen: &mut Screen,
) -> Result<Option<Action>, TerminalError> {
    Ok(match event {
        TerminalEvent::Event(Event::Key(key)) => tui::resolve(key, key_mode),
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
    })
}
