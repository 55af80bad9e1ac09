//! Update: what an action changes on the screen, and what it asks of the session.
//!
//! [`update`] is total, and pure except for the model it changes: no I/O, no clock, no facts about the cluster. An
//! action that cannot be executed is refused, with the reason in the hint row. This file holds the dispatch.

pub(crate) mod command;
mod fault_control;
pub(crate) mod fault_state;
mod navigation;
mod prompt;
mod quit;
mod response;
mod selection;

use std::sync::Arc;

use crate::{
    observation::Time,
    tui::{
        input::action::Action,
        model::{
            Model,
            list::ListPosition,
            mode::Mode,
            overlay::{Overlay, Prompt},
            pane_id::PaneId,
            paused_view::PausedView,
            screen_page::ScreenPage,
        },
        update::{
            command::Command,
            response::{hint, show},
        },
    },
    world::World,
};

/// Applies an action to the model, and returns the commands for the session.
pub fn update(model: &mut Model, world: &World, action: Action, now: Time) -> Vec<Command> {
    match action {
        Action::Resize(size) => {
            model.size = size;
            return Vec::new();
        }
        Action::ShowPage(page) => {
            model.page = page;
            return Vec::new();
        }
        // the screen is the same after a suspend
        Action::Suspend => return vec![Command::Suspend],
        _ => model.hint = None,
    }
    match action {
        Action::Resize(_) | Action::ShowPage(_) | Action::Suspend => Vec::new(),
        Action::ToggleFault => fault_control::toggle(model, world, now),
        Action::Yes | Action::No => fault_control::answer(model, world, action == Action::Yes, now),
        Action::Quit => quit::quit(model, world, now),
        Action::Interrupt => quit::interrupt(model, world, now),
        Action::Type(c) => prompt::typed(model, c, now),
        Action::Erase => prompt::erase(model),
        Action::Open => open(model, world, now),
        Action::Close => close(model, now),
        Action::Move(rows) => navigation::rows(model, world, rows, now),
        Action::MovePage(pages) => navigation::pages(model, world, pages, now),
        Action::Home => navigation::home(model),
        Action::End => navigation::end(model, world, now),
        Action::Wheel { rows, at } => navigation::wheel(model, world, rows, at, now),
        Action::FocusNext => navigation::focus(model, world, 1, now),
        Action::FocusPrevious => navigation::focus(model, world, -1, now),
        Action::Zoom => zoom(model, world),
        Action::PauseView => pause_view(model, world, now),
        Action::Theme => theme(model, now),
        Action::Help => show(model, Overlay::Help { scroll: 0 }),
        Action::Log => show(model, Overlay::Log),
        Action::Lab => vec![Command::OpenLab],
        Action::Filter => show(model, Overlay::Prompt(Prompt::Filter, model.filter.clone())),
        Action::Mark => mark(model, now),
        Action::Report => vec![Command::Report],
        Action::Playback(transport) => vec![Command::Playback(transport)],
        Action::Mouse => mouse(model, now),
        Action::Unbound(c) => hint(model, now, format!("{c} is not bound; ? shows every key")),
    }
}

/// Opens what is selected, or accepts what was typed.
fn open(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    if matches!(model.overlay, Overlay::Prompt(..)) {
        return prompt::take(model, now);
    }
    match &model.page {
        ScreenPage::Choose { clusters, selected } => {
            return clusters
                .get(*selected)
                .cloned()
                .map(|cluster| Command::ChooseCluster { cluster })
                .into_iter()
                .collect();
        }
        ScreenPage::NoEngine { .. } | ScreenPage::NoCluster { .. } => return vec![Command::Retry],
        ScreenPage::Dashboard => {}
    }
    if model.focus() != PaneId::Kubelets {
        return hint(model, now, "only journal entries have details; press Tab until the kubelets pane is focused");
    }
    let entry = selection::selected(model, world, now).cloned();
    match entry {
        Some(entry) => show(model, Overlay::Detail { entry: Box::new(entry), scroll: 0 }),
        None if model.filter.is_empty() => hint(model, now, "no entries yet"),
        None => hint(model, now, "no entries match the filter; Esc clears it"),
    }
}

/// Closes what is on top: the overlay, else clears the filter, the zoom, the position in the list, the pause.
fn close(model: &mut Model, now: Time) -> Vec<Command> {
    match std::mem::take(&mut model.overlay) {
        Overlay::None => {}
        Overlay::Prompt(Prompt::Filter, _) => {
            model.filter.clear();
            return Vec::new();
        }
        leaving @ Overlay::Leaving { .. } => {
            model.overlay = leaving;
            return hint(model, now, "the control plane is starting; n quits now and leaves it down");
        }
        _ => return Vec::new(),
    }
    if !model.filter.is_empty() {
        model.filter.clear();
    } else if model.zoom.is_some() {
        model.zoom = None;
    } else if model.list_position != ListPosition::Follow {
        model.list_position = ListPosition::Follow;
    } else if model.paused_view.is_some() {
        model.paused_view = None;
    } else {
        return hint(model, now, "nothing to close; q quits");
    }
    Vec::new()
}

fn zoom(model: &mut Model, world: &World) -> Vec<Command> {
    model.zoom = match model.zoom {
        Some(_) => None,
        None => Some(model.focus()),
    };
    // unzoomed, the focused pane may have no area
    if model.zoom.is_none() {
        navigation::keep_focus_visible(model, world);
    }
    Vec::new()
}

fn pause_view(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    model.paused_view = match model.paused_view {
        Some(_) => None,
        None => Some(Arc::new(PausedView { world: world.clone(), at: now })),
    };
    Vec::new()
}

fn theme(model: &mut Model, now: Time) -> Vec<Command> {
    if model.appearance.no_color {
        return hint(model, now, "NO_COLOR is set; the theme cannot be changed");
    }
    model.appearance.theme = model.appearance.theme.next();
    hint(model, now, format!("theme: {}", model.appearance.theme.name()))
}

fn mark(model: &mut Model, now: Time) -> Vec<Command> {
    if model.mode == Mode::Replay {
        return hint(model, now, "marks cannot be set in a replay");
    }
    show(model, Overlay::Prompt(Prompt::Mark, String::new()))
}

fn mouse(model: &mut Model, now: Time) -> Vec<Command> {
    model.mouse = !model.mouse;
    let _ = match model.mouse {
        true => hint(model, now, "mouse scrolling on; select text with Shift, w turns it off"),
        false => hint(model, now, "mouse scrolling off"),
    };
    vec![Command::SetMouse(model.mouse)]
}

#[cfg(test)]
mod tests;
