//! The prompt in the footer: a filter, or the label of a mark.

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

/// Most characters of a line; more would not fit into the footer of an 80 column terminal.
const LONGEST: usize = 64;

/// Adds one typed character.
pub(super) fn typed(model: &mut Model, c: char, now: Time) -> Vec<Command> {
    let Overlay::Prompt(_, line) = &mut model.overlay else { return Vec::new() };
    if line.chars().count() >= LONGEST {
        return hint(model, now, format!("at most {LONGEST} characters"));
    }
    let mut one = [0; 4];
    line.push_str(&text::safe(c.encode_utf8(&mut one)));
    model.list_position = ListPosition::Follow;
    Vec::new()
}

/// Deletes the last character.
pub(super) fn erase(model: &mut Model) -> Vec<Command> {
    if let Overlay::Prompt(_, line) = &mut model.overlay {
        line.pop();
    }
    Vec::new()
}

/// Accepts the typed line.
pub(super) fn take(model: &mut Model, now: Time) -> Vec<Command> {
    match std::mem::take(&mut model.overlay) {
        Overlay::Prompt(Prompt::Filter, line) => {
            model.filter = line;
            Vec::new()
        }
        Overlay::Prompt(Prompt::Mark, word) => {
            let message = if word.is_empty() { "mark set".to_owned() } else { format!("mark set: {word}") };
            let _ = hint(model, now, message);
            vec![Command::Mark { word }]
        }
        other => {
            model.overlay = other;
            Vec::new()
        }
    }
}
