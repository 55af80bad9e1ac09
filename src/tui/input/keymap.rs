//! Resolution of keys and mouse events to actions, by the key table.
//!
//! [`resolve`] is pure. Releases and repeats of a key are ignored; a terminal sends its own repeats as presses.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::tui::input::{action::Action, key_binding::KeyBinding, key_mode::KeyMode, key_table::key_table};

use KeyCode::Char;
use KeyMode::{Dashboard, Prompt, Replay};

/// Bindings of a mode. In a replay, those of the player come first, then those of the panes that it leaves free.
pub(crate) fn key_bindings(mode: KeyMode) -> impl Iterator<Item = &'static KeyBinding> {
    let own = key_table().filter(move |row| row.modes.contains(&mode));
    let free = |row: &&KeyBinding| {
        let taken = |key| key_table().any(|other| other.modes.contains(&Replay) && other.keys.contains(key));
        row.modes.contains(&Dashboard) && !row.keys.iter().any(taken)
    };
    own.chain(key_table().filter(move |row| mode == Replay && free(row)))
}

/// Names and texts of the keys of a mode, for the edge of a popup.
pub(crate) fn key_hints(mode: KeyMode) -> impl Iterator<Item = (&'static str, &'static str)> {
    key_bindings(mode).filter_map(|binding| Some((binding.label, binding.footer?)))
}

/// The action of a key in a mode. `None` if it has none, or if it was released.
#[must_use]
pub fn resolve(key: KeyEvent, mode: KeyMode) -> Option<Action> {
    if key.kind != KeyEventKind::Press {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            Char('c' | 'C') => Some(Action::Interrupt),
            Char('z' | 'Z') => Some(Action::Suspend),
            _ => None,
        };
    }
    if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META | KeyModifiers::HYPER) {
        return None;
    }
    let bound = key_bindings(mode).find(|row| row.keys.contains(&key.code));
    match (bound, key.code) {
        (Some(row), _) => Some(row.action.clone()),
        (None, Char(c)) if mode == Prompt => Some(Action::Type(c)),
        (None, Char(c)) if matches!(mode, Dashboard | Replay) => Some(Action::Unbound(c)),
        _ => None,
    }
}

/// The action of a mouse event. `None` unless it is the wheel.
#[must_use]
pub fn wheel(event: MouseEvent) -> Option<Action> {
    const ROWS: i32 = 3;
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollDown => Some(Action::Wheel { rows: ROWS, at }),
        MouseEventKind::ScrollUp => Some(Action::Wheel { rows: -ROWS, at }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use KeyCode::{Char, Down, Enter, Esc, Tab};
    use KeyMode::{Choose, Confirm, Dashboard, Leaving, Log, Page, Prompt, Quit, QuitLab, Reading, Replay};
    use crossterm::event::KeyCode;

    use super::*;

    const MODES: [KeyMode; 11] =
        [Dashboard, Replay, Confirm, Quit, QuitLab, Leaving, Reading, Log, Prompt, Choose, Page];

    fn press(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn no_key_is_bound_twice_in_one_mode() {
        for mode in MODES {
            let mut seen = Vec::new();
            for key in key_bindings(mode).flat_map(|row| row.keys) {
                assert!(!seen.contains(key), "{key:?} in {mode:?}");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn control_c_interrupts_in_every_mode() {
        for mode in MODES {
            let key = KeyEvent::new(Char('c'), KeyModifiers::CONTROL);
            assert_eq!(resolve(key, mode), Some(Action::Interrupt));
        }
    }

    #[test]
    fn control_z_suspends_in_every_mode() {
        for mode in MODES {
            let key = KeyEvent::new(Char('z'), KeyModifiers::CONTROL);
            assert_eq!(resolve(key, mode), Some(Action::Suspend));
        }
    }

    #[test]
    fn a_question_before_a_fault_takes_only_its_own_keys() {
        assert_eq!(resolve(press(Char('y')), Confirm), Some(Action::Yes));
        assert_eq!(resolve(press(Enter), Confirm), Some(Action::Yes));
        assert_eq!(resolve(press(Char('n')), Confirm), Some(Action::No));
        assert_eq!(resolve(press(Esc), Confirm), Some(Action::No));
        for other in [Char('s'), Char(' '), Tab, Char('x'), Down] {
            assert_eq!(resolve(press(other), Confirm), None);
        }
    }

    #[test]
    fn a_prompt_takes_every_letter() {
        for c in ['q', 's', '?', ' ', '이'] {
            assert_eq!(resolve(press(Char(c)), Prompt), Some(Action::Type(c)));
        }
    }

    #[test]
    fn the_release_of_a_key_has_no_action() {
        let key = KeyEvent::new_with_kind(Char('s'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(resolve(key, Dashboard), None);
    }

    #[test]
    fn capital_letters_come_with_shift() {
        let key = KeyEvent::new(Char('G'), KeyModifiers::SHIFT);
        assert_eq!(resolve(key, Dashboard), Some(Action::End));
    }

    #[test]
    fn every_key_of_the_panes_is_in_the_help() {
        for row in key_bindings(Dashboard).chain(key_bindings(Replay)) {
            assert!(row.help.is_some(), "{}", row.label);
        }
    }
}
