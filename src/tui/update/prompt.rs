//! The line to type in: a filter or the word of a mark.

use crate::{
    observation::Time,
    tui::{
        draw::text,
        model::{
            Model,
            list::ListPosition,
            overlay::{Overlay, Prompt},
        },
        update::{command::Command, response::hint},
    },
};

/// Characters that a line takes.
const LONGEST: usize = 64;

/// Takes one character.
pub(super) fn typed(model: &mut Model, c: char, now: Time) -> Vec<Command> {
    let Overlay::Prompt(_, line) = &mut model.overlay else { return Vec::new() };
    if line.chars().count() >= LONGEST {
        return hint(model, now, format!("a line has at most {LONGEST} characters"));
    }
    let mut one = [0; 4];
    line.push_str(&text::safe(c.encode_utf8(&mut one)));
    model.list_position = ListPosition::Follow;
    Vec::new()
}

/// Takes one character back.
pub(super) fn erase(model: &mut Model) -> Vec<Command> {
    if let Overlay::Prompt(_, line) = &mut model.overlay {
        line.pop();
    }
    Vec::new()
}

/// Takes what was typed.
pub(super) fn take(model: &mut Model, now: Time) -> Vec<Command> {
    match std::mem::take(&mut model.overlay) {
        Overlay::Prompt(Prompt::Filter, line) => {
            model.filter = line;
            Vec::new()
        }
        Overlay::Prompt(Prompt::Mark, word) => {
            let said = if word.is_empty() { "marked".to_owned() } else { format!("marked: {word}") };
            let _ = hint(model, now, said);
            vec![Command::Mark { word }]
        }
        other => {
            model.overlay = other;
            Vec::new()
        }
    }
}
