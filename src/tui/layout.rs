//! Layout: where everything stands, as a pure function of the terminal's size, the zoom and the row counts.
//!
//! From 100 columns and 20 rows on, the panes stand in two columns:
//!
//! ```text
//! ┌─────────────────────────────────────────────────┐
//! │ header                                          │
//! │ headline                                        │
//! │ ┌─────────────────┐ ┌─────────────────────────┐ │
//! │ │ control plane   │ │ kubelets                │ │
//! │ │                 │ │   lanes                 │ │
//! │ └─────────────────┘ │   entries               │ │
//! │ ┌─────────────────┐ │                         │ │
//! │ │ httpbin         │ └─────────────────────────┘ │
//! │ │                 │ ┌─────────────────────────┐ │
//! │ └─────────────────┘ │ nodes                   │ │
//! │ ┌─────────────────┐ └─────────────────────────┘ │
//! │ │ retries         │ ┌─────────────────────────┐ │
//! │ │                 │ │ pods                    │ │
//! │ └─────────────────┘ └─────────────────────────┘ │
//! │ hint                                            │
//! │ footer                                          │
//! └─────────────────────────────────────────────────┘
//! ```
//!
//! - header: cluster, phase and its duration, who caused it; `REC`; one symbol for each source.
//! - headline: one or two sentences about what is going on; two rows, or one on short or very wide terminals.
//! - control plane: container, port, `/livez`, `/readyz` with its named checks, two minutes of `/readyz` as a graph.
//! - httpbin: answered of sent, in big digits if there is room; one sparkline for each worker.
//! - retries: the waits of each retry loop, oldest first.
//! - kubelets: the lanes of the outage, and the folded journal entries.
//! - nodes: each node as the API server, the engine and the requests see it.
//! - pods: the pods as the API server last listed them.
//! - hint: a message, else the legend of the symbols; from 30 rows on, else it takes the footer.
//! - footer: the keys of the current mode. In a replay the timeline takes the hint row.
//!
//! From 170 columns on, nodes and pods stand side by side. Below 100 columns the panes stand in one column, with the
//! control plane beside httpbin from 76 columns on. Below 60 columns or 20 rows they lose their frames. Where room is
//! short, panes give way in a fixed order: retries, pods, nodes. A zoomed pane takes the whole body.
//!
//! [`update`](crate::tui::update()) uses the same areas for page heights that the view draws into, so both always mean
//! the same screen.

pub(crate) mod content_rows;
pub(crate) mod kubelets_rows;
pub(crate) mod screen_areas;

use ratatui::layout::Rect;

use crate::{
    tui::{
        layout::{
            content_rows::ContentRows,
            screen_areas::{Framing, ScreenAreas, ScreenLayout},
        },
        model::{Model, pane_id::PaneId},
    },
    world::World,
};

/// Columns and rows of the smallest terminal that is drawn on.
pub(crate) const SMALLEST: (u16, u16) = (24, 6);

/// Most rows that nodes or workers are given; more of them scroll.
const MOST_NODES: u16 = 12;

/// Most rows that pods are given; more of them scroll.
const MOST_PODS: u16 = 40;

/// The layout of the screen that `model` describes, on a terminal of the size of `area`.
pub(crate) fn layout_of(model: &Model, world: &World, area: Rect) -> ScreenLayout {
    layout(area, model.zoom, ContentRows::of(world))
}

/// The layout of a terminal of the size of `area`.
pub(crate) fn layout(area: Rect, zoom: Option<PaneId>, content: ContentRows) -> ScreenLayout {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return ScreenLayout::TooSmall;
    }
    let mut body = area;
    let header = take_rows(&mut body, 1);
    let headline = take_rows(&mut body, if area.height >= 12 && area.width < 170 { 2 } else { 1 });
    let footer = take_last_row(&mut body);
    let hint = (area.height >= 30).then(|| take_last_row(&mut body));
    let mut areas = ScreenAreas::new(header, headline, body, hint, footer);
    if let Some(pane) = zoom {
        areas.framing = if body.height >= 5 { Framing::Boxed } else { Framing::Bare };
        areas.set(pane, body);
    } else if area.width < 60 || area.height < 20 {
        areas.framing = Framing::Bare;
        bare(&mut areas, content);
    } else if area.width >= 100 {
        two_columns(&mut areas, content);
    } else {
        one_column(&mut areas, content);
    }
    ScreenLayout::Screen(areas)
}

/// Two columns: the control plane and the workload on the left, the kubelets and the API server's lists on the right.
fn two_columns(areas: &mut ScreenAreas, content: ContentRows) {
    let body = areas.body;
    let tall = body.height >= 34;
    let (mut left, mut right) = split_columns(body, (body.width * 32 / 100).clamp(38, 64));
    areas.set(PaneId::ControlPlane, take_rows(&mut left, if tall { 10 } else { 8 }));
    // a frame, the ratio and a blank row; the ratio in big digits takes six more
    let httpbin = rows(content.workers, MOST_NODES) + 4 + if tall { 6 } else { 0 };
    if left.height >= httpbin + 5 {
        areas.set(PaneId::Httpbin, take_rows(&mut left, httpbin));
        areas.set(PaneId::Retries, left);
    } else {
        areas.set(PaneId::Httpbin, left);
    }
    let kubelets = lanes(content) + 6;
    let nodes = framed(content.nodes, MOST_NODES);
    if right.width >= 130 && right.height >= kubelets + nodes {
        let lists = nodes.max(framed(content.pods, MOST_PODS).min(right.height / 3));
        areas.set(PaneId::Kubelets, take_rows(&mut right, body.height - lists));
        let (nodes, pods) = split_columns(right, right.width / 2);
        areas.set(PaneId::Nodes, nodes);
        areas.set(PaneId::Pods, pods);
    } else {
        stack(areas, right, content);
    }
}

/// One column: the control plane and the workload at the top, side by side if there is room.
fn one_column(areas: &mut ScreenAreas, content: ContentRows) {
    let mut body = areas.body;
    if body.width >= 76 {
        let top = take_rows(&mut body, if areas.body.height >= 32 { 8 } else { 6 });
        let (control_plane, httpbin) = split_columns(top, top.width / 2);
        areas.set(PaneId::ControlPlane, control_plane);
        areas.set(PaneId::Httpbin, httpbin);
    } else {
        areas.set(PaneId::ControlPlane, take_rows(&mut body, 6));
        areas.set(PaneId::Httpbin, take_rows(&mut body, 4));
    }
    stack(areas, body, content);
}

/// The kubelets above the nodes above the pods; pods give way first, then nodes.
fn stack(areas: &mut ScreenAreas, mut area: Rect, content: ContentRows) {
    let kubelets = lanes(content) + 4;
    let mut nodes = framed(content.nodes, MOST_NODES);
    let mut pods = framed(content.pods, MOST_PODS).min(area.height / 4).max(4);
    if area.height < kubelets + nodes {
        nodes = 0;
    }
    if nodes == 0 || area.height < kubelets + 4 + nodes + pods {
        pods = 0;
    }
    let height = area.height - nodes - pods;
    areas.set(PaneId::Kubelets, take_rows(&mut area, height));
    areas.set(PaneId::Nodes, take_rows(&mut area, nodes));
    areas.set(PaneId::Pods, area);
}

/// Panes without frames. Rows are granted in the order of what they tell, until none is left.
fn bare(areas: &mut ScreenAreas, content: ContentRows) {
    let mut body = areas.body;
    let mut spare = body.height;
    let mut grant = |wanted: u16| {
        let granted = wanted.min(spare);
        spare -= granted;
        granted
    };
    let readyz = grant(1);
    let ratio = grant(1);
    let lanes = grant(lanes(content));
    let nodes = grant(1);
    let requests = grant(1);
    let container = grant(1);
    let newest_entries = grant(3);
    let port_and_graph = grant(2);
    let more_entries = spare;
    areas.set(PaneId::ControlPlane, take_rows(&mut body, readyz + container + port_and_graph));
    areas.set(PaneId::Httpbin, take_rows(&mut body, ratio + requests));
    areas.set(PaneId::Kubelets, take_rows(&mut body, lanes + newest_entries + more_entries));
    areas.set(PaneId::Nodes, take_rows(&mut body, nodes));
}

/// A row count, from 1 to `most`.
fn rows(count: usize, most: u16) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX).clamp(1, most)
}

/// A row count, from 1 to `most`, and the frame around it.
fn framed(count: usize, most: u16) -> u16 {
    rows(count, most) + Framing::Boxed.rows()
}

/// Rows of the lanes.
fn lanes(content: ContentRows) -> u16 {
    rows(content.lanes, MOST_NODES)
}

/// Takes rows from the top of an area.
fn take_rows(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..*area };
    area.y += rows;
    area.height -= rows;
    top
}

/// Takes the last row of an area that has one.
fn take_last_row(area: &mut Rect) -> Rect {
    area.height -= 1;
    Rect { y: area.bottom(), height: 1, ..*area }
}

/// Splits an area into two, the left one `columns` wide.
fn split_columns(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (Rect { width: columns, ..area }, Rect { x: area.x + columns, width: area.width - columns, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sizes(check: impl Fn(Rect, ScreenAreas)) {
        for width in SMALLEST.0..=220 {
            for height in SMALLEST.1..=70 {
                for (lanes, nodes, pods) in [(4, 1, 1), (4, 4, 12), (9, 12, 40)] {
                    let content = ContentRows { lanes, nodes, workers: nodes, pods, retries: 6 };
                    for zoom in [None, Some(PaneId::Pods)] {
                        let area = Rect::new(0, 0, width, height);
                        match layout(area, zoom, content) {
                            ScreenLayout::TooSmall => panic!("{width}x{height} has room"),
                            ScreenLayout::Screen(areas) => check(area, areas),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_two_areas_overlap_and_none_lies_outside() {
        all_sizes(|area, areas| {
            let mut occupied: Vec<Rect> = areas.visible().filter_map(|pane| areas.pane(pane)).collect();
            occupied.extend([areas.header, areas.headline, areas.footer]);
            occupied.extend(areas.hint);
            for (index, one) in occupied.iter().enumerate() {
                assert_eq!(one.intersection(area), *one, "{area}: {areas:?}");
                assert!(!one.is_empty(), "{area}: {areas:?}");
                for other in &occupied[..index] {
                    assert!(!one.intersects(*other), "{area}: {one} {other}");
                }
            }
        });
    }

    #[test]
    fn control_plane_httpbin_and_kubelets_always_have_an_area() {
        all_sizes(|area, areas| {
            if areas.pane(PaneId::Pods) == Some(areas.body) {
                return;
            }
            for pane in [PaneId::ControlPlane, PaneId::Httpbin] {
                assert!(areas.pane(pane).is_some(), "{area}: {areas:?}");
            }
            assert!(areas.pane(PaneId::Kubelets).is_some() || area.height < 7, "{area}: {areas:?}");
        });
    }

    #[test]
    fn a_terminal_of_ten_by_three_is_too_small() {
        let content = ContentRows { lanes: 4, nodes: 4, workers: 3, pods: 4, retries: 0 };
        assert_eq!(layout(Rect::new(0, 0, 10, 3), None, content), ScreenLayout::TooSmall);
    }
}
