//! The keys, as one table: what a key does in which mode, what the footer says of it, and what the help says.
//!
//! Nothing else in the program knows a key. [`resolve`] is pure; a release or repeat of a key is nothing here, but for
//! what the terminal itself repeats as presses.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{action::Action, replay::Transport};

/// What the keys mean: one mode for each thing that can lie on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMode {
    /// The panes.
    Dashboard,
    /// The panes, while a tape is played: its own keys, and those of the panes that they leave free.
    Replay,
    /// The question before a deed.
    Confirm,
    /// The question before leaving a control plane down.
    Quit,
    /// The question before leaving a lab in the middle of an outage.
    QuitLab,
    /// The control plane is started before blackout ends.
    Leaving,
    /// Something to read: help, an entry.
    Reading,
    /// blackout's own log.
    Log,
    /// A line to type in.
    Prompt,
    /// The list of clusters.
    Choose,
    /// A page without panes.
    Page,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The keys, all of which do the same.
    keys: &'static [KeyCode],
    /// Where.
    pub(crate) modes: &'static [KeyMode],
    /// What they do.
    pub(crate) action: Action,
    /// How the help and the footer name the keys.
    pub(crate) label: &'static str,
    /// What the footer says; nothing where it keeps silent.
    pub(crate) footer: Option<&'static str>,
    /// What the help says; nothing where another row says it.
    pub(crate) help: Option<&'static str>,
}

use KeyCode::{Backspace, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};
use KeyMode::{Choose, Confirm, Dashboard, Leaving, Log, Page, Prompt, Quit, QuitLab, Reading, Replay};

const fn row(
    keys: &'static [KeyCode],
    modes: &'static [KeyMode],
    action: Action,
    label: &'static str,
    footer: Option<&'static str>,
    help: Option<&'static str>,
) -> Binding {
    Binding { keys, modes, action, label, footer, help }
}

const ROWS: &[KeyMode] = &[Dashboard, Reading, Choose];

/// The table, in the order of footer and help.
pub(crate) static TABLE: &[Binding] = &[
    row(
        &[Char('s')],
        &[Dashboard],
        Action::Toggle,
        "s",
        Some("stop"),
        Some("stop the control plane, or start it again; asks first"),
    ),
    row(
        &[Char(' ')],
        &[Dashboard],
        Action::Freeze,
        "space",
        Some("freeze"),
        Some("hold the view still while facts go on coming in"),
    ),
    row(
        &[Char('/')],
        &[Dashboard],
        Action::Filter,
        "/",
        Some("filter"),
        Some("filter the list: worker, activity, symptom, resource, words of the message"),
    ),
    row(&[Char('z')], &[Dashboard], Action::Zoom, "z", Some("zoom"), Some("give the whole screen to the focused pane")),
    row(&[Tab], &[Dashboard], Action::FocusNext, "Tab", Some("next pane"), Some("give the keys to the next pane")),
    row(
        &[KeyCode::BackTab],
        &[Dashboard],
        Action::FocusPrevious,
        "Shift-Tab",
        None,
        Some("give the keys to the pane before"),
    ),
    row(&[Up, Char('k')], ROWS, Action::Move(-1), "Up k", None, Some("one row up")),
    row(&[Down, Char('j')], ROWS, Action::Move(1), "Down j", None, Some("one row down")),
    row(&[PageUp], ROWS, Action::MovePage(-1), "PgUp", None, Some("one page up")),
    row(&[PageDown], ROWS, Action::MovePage(1), "PgDn", None, Some("one page down")),
    row(&[Home, Char('g')], ROWS, Action::Home, "Home g", None, Some("to the newest entry, and follow")),
    row(&[End, Char('G')], ROWS, Action::End, "End G", None, Some("to the oldest entry")),
    row(
        &[Enter],
        &[Dashboard],
        Action::Open,
        "Enter",
        Some("detail"),
        Some("the raw line, what it means, what comes next"),
    ),
    row(
        &[Char('r')],
        &[Dashboard],
        Action::Report,
        "r",
        Some("report"),
        Some("write the report of this run: Markdown, JSON and a picture; says where"),
    ),
    row(&[Char('m')], &[Dashboard], Action::Mark, "m", None, Some("set a mark, with a word of your own")),
    row(&[Char('t')], &[Dashboard], Action::Theme, "t", None, Some("the next theme: dark, light, colour-blind, none")),
    row(&[Char('l')], &[Dashboard, Page], Action::Log, "l", None, Some("blackout's own log")),
    row(
        &[Char('b')],
        &[Page],
        Action::Lab,
        "b",
        Some("lab"),
        Some("where there is no cluster: a cluster in this very process, for trying it out"),
    ),
    row(
        &[Char('w')],
        &[Dashboard],
        Action::Mouse,
        "w",
        None,
        Some("the mouse wheel, on or off; off leaves text selection alone"),
    ),
    row(&[Esc], &[Dashboard], Action::Close, "Esc", None, Some("close what is open; clear filter, zoom and freeze")),
    row(&[Char('?'), KeyCode::F(1)], &[Dashboard, Choose, Page], Action::Help, "?", Some("help"), Some("this page")),
    row(
        &[Char('q')],
        &[Dashboard, Choose, Page],
        Action::Quit,
        "q",
        Some("quit"),
        Some("leave; asks first while the control plane is away"),
    ),
    // any control key is resolved before the table is asked; this row is for the help
    row(&[], &[Dashboard], Action::Suspend, "Ctrl-Z", None, Some("suspend blackout; `fg` in the shell brings it back")),
    // the keys of a tape
    row(
        &[Char(' ')],
        &[Replay],
        Action::Play(Transport::Toggle),
        "space",
        Some("pause"),
        Some("pause the tape, or go on; at its end: from the start"),
    ),
    row(&[Left], &[Replay], Action::Play(Transport::Skip(-10)), "Left", None, Some("back by 10 s")),
    row(
        &[Right],
        &[Replay],
        Action::Play(Transport::Skip(10)),
        "Left Right",
        Some("10 s"),
        Some("forth by 10 s, with Right"),
    ),
    row(
        &[Char('n')],
        &[Replay],
        Action::Play(Transport::Sight { forward: true }),
        "n",
        Some("next sight"),
        Some("to the next lane, mark, or begin or end of an outage"),
    ),
    row(
        &[Char('p')],
        &[Replay],
        Action::Play(Transport::Sight { forward: false }),
        "p",
        None,
        Some("to the lane, mark, or begin or end of an outage before"),
    ),
    row(
        &[Char('.')],
        &[Replay],
        Action::Play(Transport::Step { forward: true }),
        ".",
        Some("step"),
        Some("one step: to the next thing that was said, and stay there"),
    ),
    row(&[Char(',')], &[Replay], Action::Play(Transport::Step { forward: false }), ",", None, Some("one step back")),
    row(&[Char('0')], &[Replay], Action::Play(Transport::Start), "0", None, Some("to the start of the tape")),
    row(&[Char('$')], &[Replay], Action::Play(Transport::End), "$", None, Some("to the end of the tape")),
    row(&[Char('+'), Char('=')], &[Replay], Action::Play(Transport::Faster), "+", None, Some("twice as fast")),
    row(&[Char('-')], &[Replay], Action::Play(Transport::Slower), "-", None, Some("half as fast")),
    // what lies on top has its own keys
    row(&[Char('y'), Char('Y'), Enter], &[Confirm], Action::Yes, "y Enter", Some("yes"), None),
    row(&[Char('n'), Char('N'), Esc, Char('q')], &[Confirm], Action::No, "n Esc", Some("no"), None),
    row(&[Char('y'), Char('Y'), Enter], &[Quit], Action::Yes, "y Enter", Some("start it and leave"), None),
    row(&[Char('n'), Char('N')], &[Quit], Action::No, "n", Some("leave it down"), None),
    row(&[Esc], &[Quit], Action::Close, "Esc", Some("stay"), None),
    row(&[Char('y'), Char('Y'), Enter], &[QuitLab], Action::Yes, "y Enter", Some("leave"), None),
    row(&[Char('n'), Char('N'), Esc], &[QuitLab], Action::No, "n Esc", Some("stay"), None),
    row(&[Char('n'), Char('N')], &[Leaving], Action::No, "n", Some("leave it as it is, now"), None),
    row(&[Esc, Enter, Char('q'), Char('?')], &[Reading], Action::Close, "Esc", Some("close"), None),
    row(&[Char(' ')], &[Reading], Action::MovePage(1), "space", None, None),
    row(&[Esc, Enter, Char('q'), Char('l')], &[Log], Action::Close, "Esc", Some("close"), None),
    row(&[Enter], &[Prompt], Action::Open, "Enter", Some("take it"), None),
    row(&[Esc], &[Prompt], Action::Close, "Esc", Some("drop it"), None),
    row(&[Backspace], &[Prompt], Action::Erase, "Backspace", None, None),
    row(&[Enter], &[Choose], Action::Open, "Enter", Some("watch it"), None),
    row(&[Enter, Char('r')], &[Page], Action::Open, "Enter", Some("look again"), None),
    row(&[Esc], &[Choose, Page], Action::Quit, "Esc", None, None),
];

/// The rows of a mode. A tape has its own keys, and those of the panes that it leaves free.
pub(crate) fn rows(mode: KeyMode) -> impl Iterator<Item = &'static Binding> {
    let own = TABLE.iter().filter(move |row| row.modes.contains(&mode));
    let free = |row: &&Binding| {
        let taken = |key| TABLE.iter().any(|other| other.modes.contains(&Replay) && other.keys.contains(key));
        row.modes.contains(&Dashboard) && !row.keys.iter().any(taken)
    };
    own.chain(TABLE.iter().filter(move |row| mode == Replay && free(row)))
}

/// What a key means in a mode; nothing where it means nothing and nobody would expect it to.
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
    let bound = rows(mode).find(|row| row.keys.contains(&key.code));
    match (bound, key.code) {
        (Some(row), _) => Some(row.action.clone()),
        (None, Char(c)) if mode == Prompt => Some(Action::Type(c)),
        (None, Char(c)) if matches!(mode, Dashboard | Replay) => Some(Action::Unbound(c)),
        _ => None,
    }
}

/// What the mouse means: the wheel alone.
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
    use super::*;

    const MODES: [KeyMode; 11] =
        [Dashboard, Replay, Confirm, Quit, QuitLab, Leaving, Reading, Log, Prompt, Choose, Page];

    fn press(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn no_key_has_two_meanings_in_one_mode() {
        for mode in MODES {
            let mut seen = Vec::new();
            for key in rows(mode).flat_map(|row| row.keys) {
                assert!(!seen.contains(key), "{key:?} in {mode:?}");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn control_c_leaves_everywhere() {
        for mode in MODES {
            let key = KeyEvent::new(Char('c'), KeyModifiers::CONTROL);
            assert_eq!(resolve(key, mode), Some(Action::Interrupt));
        }
    }

    #[test]
    fn control_z_suspends_everywhere() {
        for mode in MODES {
            let key = KeyEvent::new(Char('z'), KeyModifiers::CONTROL);
            assert_eq!(resolve(key, mode), Some(Action::Suspend));
        }
    }

    #[test]
    fn the_question_before_a_deed_hears_its_own_keys_only() {
        assert_eq!(resolve(press(Char('y')), Confirm), Some(Action::Yes));
        assert_eq!(resolve(press(Enter), Confirm), Some(Action::Yes));
        assert_eq!(resolve(press(Char('n')), Confirm), Some(Action::No));
        assert_eq!(resolve(press(Esc), Confirm), Some(Action::No));
        for other in [Char('s'), Char(' '), Tab, Char('x'), Down] {
            assert_eq!(resolve(press(other), Confirm), None);
        }
    }

    #[test]
    fn a_line_takes_every_letter() {
        for c in ['q', 's', '?', ' ', '이'] {
            assert_eq!(resolve(press(Char(c)), Prompt), Some(Action::Type(c)));
        }
    }

    #[test]
    fn a_key_that_goes_up_is_nothing() {
        let key = KeyEvent::new_with_kind(Char('s'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(resolve(key, Dashboard), None);
    }

    #[test]
    fn capitals_come_with_shift() {
        let key = KeyEvent::new(Char('G'), KeyModifiers::SHIFT);
        assert_eq!(resolve(key, Dashboard), Some(Action::End));
    }

    #[test]
    fn every_row_is_named_somewhere_for_a_person() {
        for row in rows(Dashboard).chain(rows(Replay)) {
            assert!(row.help.is_some(), "{}", row.label);
        }
    }
}
