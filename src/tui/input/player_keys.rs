//! Keys of the tape player.

use crossterm::event::KeyCode;

use crate::tui::{
    input::{action::Action, key_binding::KeyBinding, key_mode::KeyMode},
    model::playback_control::PlaybackControl,
};

use KeyCode::{Char, Left, Right};
use KeyMode::Replay;

/// Keys of the tape player, in the order of footer and help.
pub(crate) static PLAYER_KEYS: &[KeyBinding] = &[
    KeyBinding {
        keys: &[Char(' ')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Toggle),
        label: "space",
        footer: Some("pause"),
        help: Some("pause or resume the tape; at its end, play it again"),
    },
    KeyBinding {
        keys: &[Left],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Skip(-10)),
        label: "Left",
        footer: None,
        help: Some("go back 10 s"),
    },
    KeyBinding {
        keys: &[Right],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Skip(10)),
        label: "Left Right",
        footer: Some("10 s"),
        help: Some("go forward 10 s, with Right"),
    },
    KeyBinding {
        keys: &[Char('n')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Landmark { forward: true }),
        label: "n",
        footer: Some("next event"),
        help: Some("go to the next event: begin or end of an outage, lane, mark"),
    },
    KeyBinding {
        keys: &[Char('p')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Landmark { forward: false }),
        label: "p",
        footer: None,
        help: Some("go to the previous event"),
    },
    KeyBinding {
        keys: &[Char('.')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Step { forward: true }),
        label: ".",
        footer: Some("step"),
        help: Some("go to the next observation and pause"),
    },
    KeyBinding {
        keys: &[Char(',')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Step { forward: false }),
        label: ",",
        footer: None,
        help: Some("go to the previous observation and pause"),
    },
    KeyBinding {
        keys: &[Char('0')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Start),
        label: "0",
        footer: None,
        help: Some("go to the start of the tape"),
    },
    KeyBinding {
        keys: &[Char('$')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::End),
        label: "$",
        footer: None,
        help: Some("go to the end of the tape"),
    },
    KeyBinding {
        keys: &[Char('+'), Char('=')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Faster),
        label: "+",
        footer: None,
        help: Some("double the speed"),
    },
    KeyBinding {
        keys: &[Char('-')],
        modes: &[Replay],
        action: Action::Playback(PlaybackControl::Slower),
        label: "-",
        footer: None,
        help: Some("halve the speed"),
    },
];
