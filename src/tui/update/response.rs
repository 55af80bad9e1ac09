//! Responses that only change the screen: a message in the hint row, or an overlay.

use crate::{
    observation::Time,
    tui::{
        model::{Model, hint::Hint, overlay::Overlay},
        update::command::Command,
    },
};

/// Shows a message in the hint row; asks nothing of the session.
pub(crate) fn hint(model: &mut Model, now: Time, text: impl Into<String>) -> Vec<Command> {
    model.hint = Some(Hint { text: text.into(), at: now });
    Vec::new()
}

/// Opens an overlay; asks nothing of the session.
pub(crate) fn show(model: &mut Model, overlay: Overlay) -> Vec<Command> {
    model.overlay = overlay;
    Vec::new()
}
