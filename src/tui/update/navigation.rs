//! Navigation: the focus between panes, the cursor in the list, the scroll position of everything else.

use ratatui::layout::{Position, Rect};

use crate::{
    observation::Time,
    tui::{
        layout::{content_rows::ContentRows, kubelets_rows::KubeletsRows, layout_of, screen_areas::ScreenAreas},
        model::{
            Model,
            list::{ListPosition, step},
            overlay::Overlay,
            pane_id::PaneId,
            screen_page::ScreenPage,
        },
        update::{command::Command, response::hint, selection},
    },
    world::World,
};

/// The areas of the screen. `None` if the terminal is too small.
fn screen_areas(model: &Model, world: &World) -> Option<ScreenAreas> {
    layout_of(model, world, Rect::new(0, 0, model.size.width, model.size.height)).areas().copied()
}

/// Rows of a page in a pane: those that scroll and are on the screen, 1 at least.
fn page_rows(model: &Model, world: &World, pane: PaneId) -> usize {
    let Some(areas) = screen_areas(model, world) else { return 1 };
    let rows = areas.inner_rows(pane);
    match pane {
        PaneId::Kubelets => KubeletsRows::of(ContentRows::of(world), rows, areas.framing).list.max(1),
        _ => rows.max(1),
    }
}

/// Moves by pages, down if positive.
pub(super) fn pages(model: &mut Model, world: &World, pages: i32, now: Time) -> Vec<Command> {
    let height = match model.overlay {
        Overlay::None => page_rows(model, world, model.focus()),
        _ => usize::from(model.size.height / 2).max(1),
    };
    let rows_by = pages.saturating_mul(i32::try_from(height).unwrap_or(i32::MAX));
    rows(model, world, rows_by, now)
}

/// Moves by rows in the overlay, the page or the focused pane.
pub(super) fn rows(model: &mut Model, world: &World, rows: i32, now: Time) -> Vec<Command> {
    match &mut model.overlay {
        Overlay::Help { scroll } | Overlay::Detail { scroll, .. } => {
            *scroll = scroll.saturating_add_signed(rows as isize).min(10_000);
            return Vec::new();
        }
        Overlay::None => {}
        _ => return Vec::new(),
    }
    if let ScreenPage::Choose { clusters, selected } = &mut model.page {
        *selected = selected.saturating_add_signed(rows as isize).min(clusters.len().saturating_sub(1));
        return Vec::new();
    }
    let pane = model.focus();
    scroll(model, world, pane, rows, now)
}

fn scroll(model: &mut Model, world: &World, pane: PaneId, rows: i32, now: Time) -> Vec<Command> {
    if pane == PaneId::Kubelets {
        let shown = selection::shown(model, world, now);
        if shown.is_empty() {
            return hint(model, now, "the list is empty");
        }
        model.list_position = step(model.list_position, &shown, i64::from(rows), page_rows(model, world, pane));
        return Vec::new();
    }
    let most = ContentRows::of(model.shown(world, now).0).of_pane(pane).saturating_sub(page_rows(model, world, pane));
    if most == 0 {
        return hint(model, now, "nothing to scroll in this pane; Tab focuses the next one");
    }
    let offset = &mut model.scroll[pane.index()];
    *offset = (*offset).min(most).saturating_add_signed(rows as isize).min(most);
    Vec::new()
}

/// Moves to the top.
pub(super) fn home(model: &mut Model) -> Vec<Command> {
    let pane = model.focus();
    match (&mut model.overlay, &mut model.page) {
        (Overlay::Help { scroll } | Overlay::Detail { scroll, .. }, _) => *scroll = 0,
        (_, ScreenPage::Choose { selected, .. }) => *selected = 0,
        _ if pane == PaneId::Kubelets => model.list_position = ListPosition::Follow,
        _ => model.scroll[pane.index()] = 0,
    }
    Vec::new()
}

/// Moves to the bottom.
pub(super) fn end(model: &mut Model, world: &World, now: Time) -> Vec<Command> {
    rows(model, world, i32::MAX, now)
}

/// Scrolls the pane under the pointer.
pub(super) fn wheel(model: &mut Model, world: &World, by: i32, at: Position, now: Time) -> Vec<Command> {
    if model.overlay != Overlay::None || model.page != ScreenPage::Dashboard {
        return rows(model, world, by, now);
    }
    match screen_areas(model, world).and_then(|areas| areas.pane_at(at)) {
        Some(pane) => {
            let commands = scroll(model, world, pane, by, now);
            // no message if the pane under the wheel does not scroll
            model.hint = None;
            commands
        }
        None => Vec::new(),
    }
}

/// Focuses the pane that is `by` after this one, of those on the screen; of all panes if one is zoomed.
pub(super) fn focus(model: &mut Model, world: &World, by: isize, now: Time) -> Vec<Command> {
    let panes: Vec<PaneId> = match (model.zoom, screen_areas(model, world)) {
        (Some(_), _) => PaneId::ALL.to_vec(),
        (None, Some(areas)) => areas.visible().collect(),
        (None, None) => return hint(model, now, "the terminal is too small for panes"),
    };
    let here = panes.iter().position(|pane| *pane == model.focus()).unwrap_or(0) as isize;
    if let Some(next) = panes.get((here + by).rem_euclid(panes.len().max(1) as isize) as usize) {
        model.focused = Some(*next);
        if model.zoom.is_some() {
            model.zoom = Some(*next);
        }
    }
    Vec::new()
}

/// Focuses the default pane if the focused one has no area.
pub(super) fn keep_focus_visible(model: &mut Model, world: &World) {
    if screen_areas(model, world).is_some_and(|areas| areas.pane(model.focus()).is_none()) {
        model.focused = None;
    }
}
