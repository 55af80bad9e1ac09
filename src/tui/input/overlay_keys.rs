//! Keys of overlays and pages, each with a mode of its own.

use crossterm::event::KeyCode;

use crate::tui::input::{action::Action, key_binding::KeyBinding, key_mode::KeyMode};

use KeyCode::{Backspace, Char, Enter, Esc};
use KeyMode::{Choose, Confirm, Leaving, Log, Page, Prompt, Quit, QuitLab, Reading};

/// Keys of overlays and pages, in the order of the footer.
pub(crate) static OVERLAY_KEYS: &[KeyBinding] = &[
    KeyBinding {
        keys: &[Char('y'), Char('Y'), Enter],
        modes: &[Confirm],
        action: Action::Yes,
        label: "y Enter",
        footer: Some("yes"),
        help: None,
    },
    KeyBinding {
        keys: &[Char('n'), Char('N'), Esc, Char('q')],
        modes: &[Confirm],
        action: Action::No,
        label: "n Esc",
        footer: Some("no"),
        help: None,
    },
    KeyBinding {
        keys: &[Char('y'), Char('Y'), Enter],
        modes: &[Quit],
        action: Action::Yes,
        label: "y Enter",
        footer: Some("start it and quit"),
        help: None,
    },
    KeyBinding {
        keys: &[Char('n'), Char('N')],
        modes: &[Quit],
        action: Action::No,
        label: "n",
        footer: Some("leave it down"),
        help: None,
    },
    KeyBinding { keys: &[Esc], modes: &[Quit], action: Action::Close, label: "Esc", footer: Some("stay"), help: None },
    KeyBinding {
        keys: &[Char('y'), Char('Y'), Enter],
        modes: &[QuitLab],
        action: Action::Yes,
        label: "y Enter",
        footer: Some("quit"),
        help: None,
    },
    KeyBinding {
        keys: &[Char('n'), Char('N'), Esc],
        modes: &[QuitLab],
        action: Action::No,
        label: "n Esc",
        footer: Some("stay"),
        help: None,
    },
    KeyBinding {
        keys: &[Char('n'), Char('N')],
        modes: &[Leaving],
        action: Action::No,
        label: "n",
        footer: Some("quit now, leave it down"),
        help: None,
    },
    KeyBinding {
        keys: &[Esc, Enter, Char('q'), Char('?')],
        modes: &[Reading],
        action: Action::Close,
        label: "Esc",
        footer: Some("close"),
        help: None,
    },
    KeyBinding {
        keys: &[Char(' ')],
        modes: &[Reading],
        action: Action::MovePage(1),
        label: "space",
        footer: Some("scroll"),
        help: None,
    },
    KeyBinding {
        keys: &[Esc, Enter, Char('q'), Char('l')],
        modes: &[Log],
        action: Action::Close,
        label: "Esc",
        footer: Some("close"),
        help: None,
    },
    KeyBinding {
        keys: &[Enter],
        modes: &[Prompt],
        action: Action::Open,
        label: "Enter",
        footer: Some("apply"),
        help: None,
    },
    KeyBinding {
        keys: &[Esc],
        modes: &[Prompt],
        action: Action::Close,
        label: "Esc",
        footer: Some("cancel"),
        help: None,
    },
    KeyBinding {
        keys: &[Backspace],
        modes: &[Prompt],
        action: Action::Erase,
        label: "Backspace",
        footer: None,
        help: None,
    },
    KeyBinding {
        keys: &[Enter],
        modes: &[Choose],
        action: Action::Open,
        label: "Enter",
        footer: Some("select"),
        help: None,
    },
    KeyBinding {
        keys: &[Enter, Char('r')],
        modes: &[Page],
        action: Action::Open,
        label: "Enter",
        footer: Some("retry"),
        help: None,
    },
    KeyBinding { keys: &[Esc], modes: &[Choose, Page], action: Action::Quit, label: "Esc", footer: None, help: None },
];
