//! Panes: one widget a file, and the dispatch between them.
//!
//! A pane is a widget whose fields are its arguments; it reaches nothing else. It shows the last known value with its
//! age, and says so if there is none: a pane is never blank, and never shows 0 for "no data".

mod control_plane;
mod entries;
pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod headline;
pub(crate) mod hint_row;
mod httpbin;
mod kubelets;
mod lane_columns;
mod nodes;
mod pane;
mod pods;
mod retries;
pub(crate) mod timeline;

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget as _};

use crate::{
    observation::Time,
    tui::{
        draw::draw_context::DrawContext,
        layout::screen_areas::Framing,
        model::{Model, pane_id::PaneId},
        panes::pane::Pane,
    },
    world::World,
};

/// Draws one pane into `area`.
pub(crate) fn render(
    id: PaneId,
    world: &World,
    model: &Model,
    now: Time,
    framing: Framing,
    area: Rect,
    buf: &mut Buffer,
) {
    let focused = model.focus() == id;
    let pane = Pane {
        world,
        now,
        ctx: DrawContext::new(&model.appearance),
        framing,
        focused,
        scroll: model.scroll[id.index()],
    };
    match id {
        PaneId::ControlPlane => control_plane::ControlPlanePane { pane }.render(area, buf),
        PaneId::Kubelets => {
            kubelets::KubeletsPane { pane, position: model.list_position, filter: model.filter() }.render(area, buf);
        }
        PaneId::Httpbin => httpbin::HttpbinPane { pane }.render(area, buf),
        PaneId::Nodes => nodes::NodesPane { pane }.render(area, buf),
        PaneId::Pods => pods::PodsPane { pane }.render(area, buf),
        PaneId::Retries => retries::RetriesPane { pane }.render(area, buf),
    }
}
