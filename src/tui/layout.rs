//! Where everything stands, as a pure function of the size, the zoom and how much there is to show.
//!
//! Update asks it for page heights and the view for places, so that both always mean the same screen. No two places
//! overlap, and none lies outside. Where room is short, panes give way in a fixed order: retries, pods, nodes; then the
//! frames; then the rows of those that are left.

use ratatui::layout::{Position, Rect};

use super::model::PaneId;
use crate::world::{LaneId, World};

/// The smallest terminal that can tell the story.
pub(crate) const SMALLEST: (u16, u16) = (24, 6);

/// How much there is to show: what the places depend on, and nothing else of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Rows of the lanes.
    pub(crate) lanes: u16,
    /// Rows of the nodes.
    pub(crate) nodes: u16,
    /// Rows of the workers.
    pub(crate) workers: u16,
    /// Rows of the pods.
    pub(crate) pods: u16,
}

impl Needs {
    /// What a world needs.
    pub(crate) fn of(world: &World) -> Self {
        let lit = world
            .last_outage()
            .map_or(0, |outage| outage.lanes.iter().filter(|(id, _)| !LaneId::USUAL.contains(id)).count());
        let rows = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            lanes: rows(LaneId::USUAL.len() + lit),
            nodes: rows(world.nodes.iter().count()).clamp(1, 12),
            workers: rows(world.traffic.iter().count()).clamp(1, 12),
            pods: rows(world.pods.len()).clamp(1, 40),
        }
    }
}

/// Whether panes have frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A frame with a title.
    Boxed,
    /// Rows alone, each with its name in front.
    Bare,
}

/// The places of one screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rects {
    /// Name, state and sources.
    pub(crate) header: Rect,
    /// The sentence on top.
    pub(crate) verdict: Rect,
    /// All panes together.
    pub(crate) body: Rect,
    /// A row for hints; where there is none, they take the footer.
    pub(crate) hint: Option<Rect>,
    /// The keys.
    pub(crate) footer: Rect,
    /// Whether panes have frames.
    pub(crate) framing: Framing,
    panes: [Option<Rect>; PaneId::ALL.len()],
}

impl Rects {
    /// The place of a pane, if it has one.
    pub(crate) fn pane(&self, pane: PaneId) -> Option<Rect> {
        self.panes[pane.index()]
    }

    /// The panes that have a place, in the order of `Tab`.
    pub(crate) fn visible(&self) -> impl Iterator<Item = PaneId> {
        PaneId::ALL.into_iter().filter(|pane| self.pane(*pane).is_some())
    }

    /// The pane under a place.
    pub(crate) fn at(&self, position: Position) -> Option<PaneId> {
        self.visible().find(|pane| self.pane(*pane).is_some_and(|area| area.contains(position)))
    }

    /// Rows inside a pane.
    pub(crate) fn rows(&self, pane: PaneId) -> usize {
        let frame = if self.framing == Framing::Boxed { 2 } else { 0 };
        self.pane(pane).map_or(0, |area| usize::from(area.height.saturating_sub(frame)))
    }

    fn place(&mut self, pane: PaneId, area: Rect) {
        self.panes[pane.index()] = (!area.is_empty()).then_some(area);
    }
}

/// A screen, or the lack of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// The terminal is too small.
    TooSmall,
    /// There is room.
    Screen(Rects),
}

impl Split {
    /// The places, if there is room.
    pub(crate) fn rects(&self) -> Option<&Rects> {
        match self {
            Self::TooSmall => None,
            Self::Screen(rects) => Some(rects),
        }
    }
}

/// Takes rows from the top of an area.
fn take(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..*area };
    area.y += rows;
    area.height -= rows;
    top
}

/// Cuts an area in two, the left one `columns` wide.
fn cut(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (Rect { width: columns, ..area }, Rect { x: area.x + columns, width: area.width - columns, ..area })
}

/// The places on a screen of this size.
pub(crate) fn split(area: Rect, zoom: Option<PaneId>, needs: Needs) -> Split {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return Split::TooSmall;
    }
    let framing = if area.width >= 60 && area.height >= 20 { Framing::Boxed } else { Framing::Bare };
    let mut rest = area;
    let header = take(&mut rest, 1);
    let verdict = take(&mut rest, if area.height >= 12 && area.width < 170 { 2 } else { 1 });
    let footer = Rect { y: rest.bottom() - 1, height: 1, ..rest };
    rest.height -= 1;
    let hint = (area.height >= 30).then(|| {
        rest.height -= 1;
        Rect { y: rest.bottom(), height: 1, ..rest }
    });
    let mut rects = Rects { header, verdict, body: rest, hint, footer, framing, panes: [None; PaneId::ALL.len()] };
    match (zoom, framing) {
        (Some(pane), _) => {
            // a pane that has the screen to itself has room for its frame
            rects.framing = if rest.height >= 5 { Framing::Boxed } else { Framing::Bare };
            rects.place(pane, rest);
        }
        (None, Framing::Bare) => bare(&mut rects, needs),
        (None, Framing::Boxed) if area.width >= 100 => wide(&mut rects, needs),
        (None, Framing::Boxed) => narrow(&mut rects, needs),
    }
    Split::Screen(rects)
}

/// Two columns: the control plane and the workload to the left, the kubelets and what the API says to the right.
fn wide(rects: &mut Rects, needs: Needs) {
    let body = rects.body;
    let (mut left, mut right) = cut(body, (body.width * 32 / 100).clamp(38, 64));
    let health = take(&mut left, if body.height >= 34 { 10 } else { 8 });
    rects.place(PaneId::ControlPlane, health);
    let traffic = needs.workers + 4 + if body.height >= 34 { 6 } else { 0 };
    if left.height >= traffic + 5 {
        rects.place(PaneId::Httpbin, take(&mut left, traffic));
        rects.place(PaneId::Retries, left);
    } else {
        rects.place(PaneId::Httpbin, left);
    }
    let kubelets = needs.lanes + 6;
    let nodes = needs.nodes + 2;
    if right.width >= 130 && right.height >= kubelets + nodes {
        let rows = nodes.max((needs.pods + 2).min(right.height / 3));
        rects.place(PaneId::Kubelets, take(&mut right, body.height - rows));
        let (nodes, pods) = cut(right, right.width / 2);
        rects.place(PaneId::Nodes, nodes);
        rects.place(PaneId::Pods, pods);
        return;
    }
    stack(rects, right, needs);
}

/// One column.
fn narrow(rects: &mut Rects, needs: Needs) {
    let mut body = rects.body;
    if body.width >= 76 {
        let top = take(&mut body, 6 + u16::from(rects.body.height >= 32) * 2);
        let (health, traffic) = cut(top, top.width / 2);
        rects.place(PaneId::ControlPlane, health);
        rects.place(PaneId::Httpbin, traffic);
    } else {
        rects.place(PaneId::ControlPlane, take(&mut body, 6));
        rects.place(PaneId::Httpbin, take(&mut body, 4));
    }
    stack(rects, body, needs);
}

/// The kubelets over the nodes over the pods, as far as there is room.
fn stack(rects: &mut Rects, mut area: Rect, needs: Needs) {
    let kubelets = needs.lanes + 4;
    let nodes = needs.nodes + 2;
    let pods = (needs.pods + 2).min(area.height / 4).max(4);
    let nodes = if area.height >= kubelets + nodes { nodes } else { 0 };
    let pods = if nodes > 0 && area.height >= kubelets + 4 + nodes + pods { pods } else { 0 };
    let height = area.height - nodes - pods;
    rects.place(PaneId::Kubelets, take(&mut area, height));
    rects.place(PaneId::Nodes, take(&mut area, nodes));
    rects.place(PaneId::Pods, area);
}

/// Rows alone, in the order of their weight.
fn bare(rects: &mut Rects, needs: Needs) {
    let mut body = rects.body;
    let total = body.height;
    let mut rows = [0u16; 4];
    // control plane, httpbin, kubelets, nodes: one row each at first, then what tells most
    let wishes: [(usize, u16); 9] =
        [(0, 1), (1, 1), (2, 2), (2, needs.lanes - 2), (3, 1), (1, 1), (0, 1), (2, 3), (0, 2)];
    let mut left = total;
    for (pane, wish) in wishes {
        let given = wish.min(left);
        rows[pane] += given;
        left -= given;
    }
    rows[2] += left;
    rects.place(PaneId::ControlPlane, take(&mut body, rows[0]));
    rects.place(PaneId::Httpbin, take(&mut body, rows[1]));
    rects.place(PaneId::Kubelets, take(&mut body, rows[2]));
    rects.place(PaneId::Nodes, take(&mut body, rows[3]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sizes(check: impl Fn(Rect, Rects)) {
        for width in SMALLEST.0..=220 {
            for height in SMALLEST.1..=70 {
                for (lanes, nodes, pods) in [(4, 1, 1), (4, 4, 12), (9, 12, 40)] {
                    let needs = Needs { lanes, nodes, workers: nodes, pods };
                    for zoom in [None, Some(PaneId::Pods)] {
                        let area = Rect::new(0, 0, width, height);
                        match split(area, zoom, needs) {
                            Split::TooSmall => panic!("{width}x{height} has room"),
                            Split::Screen(rects) => check(area, rects),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_overlaps_and_nothing_lies_outside() {
        all_sizes(|area, rects| {
            let mut places: Vec<Rect> = rects.visible().filter_map(|pane| rects.pane(pane)).collect();
            places.extend([rects.header, rects.verdict, rects.footer]);
            places.extend(rects.hint);
            for (index, place) in places.iter().enumerate() {
                assert_eq!(place.intersection(area), *place, "{area}: {rects:?}");
                assert!(!place.is_empty(), "{area}: {rects:?}");
                for other in &places[..index] {
                    assert!(!place.intersects(*other), "{area}: {place} {other}");
                }
            }
        });
    }

    #[test]
    fn what_tells_most_always_has_a_place() {
        all_sizes(|area, rects| {
            if rects.pane(PaneId::Pods) == Some(rects.body) {
                return;
            }
            for pane in [PaneId::ControlPlane, PaneId::Httpbin] {
                assert!(rects.pane(pane).is_some(), "{area}: {rects:?}");
            }
            assert!(rects.pane(PaneId::Kubelets).is_some() || area.height < 7, "{area}: {rects:?}");
        });
    }

    #[test]
    fn a_terminal_of_ten_by_three_is_too_small() {
        let needs = Needs { lanes: 4, nodes: 4, workers: 3, pods: 4 };
        assert_eq!(split(Rect::new(0, 0, 10, 3), None, needs), Split::TooSmall);
    }
}
