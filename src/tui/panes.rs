//! The panes: which file draws which, the frame around each, and how much each has to scroll.
//!
//! A pane is a widget whose fields are its arguments; nothing else is within its reach. It shows what is known with its
//! age, and where nothing is known it says so: it is never blank, and never shows 0 for it.

mod bar;
mod control_plane;
mod entries;
mod footer;
mod header;
mod httpbin;
mod kubelets;
mod nodes;
mod pods;
mod retries;
mod verdict;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Widget as _},
};

pub(crate) use bar::Bar;
pub(crate) use footer::{Footer, HintRow, hint};
pub(crate) use header::Header;
pub(crate) use kubelets::list_rows;
pub(crate) use verdict::VerdictRow;

use super::{
    layout::Framing,
    look::Look,
    model::{Model, PaneId},
    theme::Tint,
};
use crate::{observation::Time, world::World};

/// What every pane gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pane<'a> {
    /// The world it shows.
    pub(crate) world: &'a World,
    /// The time it shows.
    pub(crate) now: Time,
    /// Symbols, colours, language.
    pub(crate) look: Look,
    /// Whether it has a frame.
    pub(crate) framing: Framing,
    /// Whether it has the keys.
    pub(crate) focused: bool,
    /// Rows scrolled away.
    pub(crate) scroll: usize,
}

impl Pane<'_> {
    /// Draws the frame with a title to the left and notes to the right and below; gives back what is inside.
    fn open(&self, area: Rect, buf: &mut Buffer, title: Title) -> Rect {
        if self.framing == Framing::Bare {
            return area;
        }
        let glyphs = self.look.glyphs;
        let (set, tint) = if self.focused { (glyphs.focus, Tint::Focus) } else { (glyphs.frame, Tint::Frame) };
        let name_tint = if self.focused { Tint::Focus } else { Tint::Strong };
        let room = usize::from(area.width.saturating_sub(2));
        let mut top = vec![self.look.span(name_tint, format!(" {} ", title.name))];
        top.extend(title.notes.into_iter().map(|note| Span::styled(format!("{} ", note.content), note.style)));
        let top = Line::from(top);
        let right = Line::from(
            title.right.into_iter().map(|right| self.look.span(Tint::Dim, format!(" {right} "))).collect::<Vec<_>>(),
        );
        let plain = Style::new().fg(Color::Reset).remove_modifier(Modifier::all());
        let mut block = Block::bordered().border_set(set).border_style(self.look.style(tint)).title_style(plain);
        if top.width() + right.width() <= room {
            block = block.title_top(right.right_aligned());
        }
        block = block.title_top(top);
        if let Some(below) = title.below.filter(|below| below.width() + 2 <= room) {
            block = block.title_bottom(Line::from(vec![Span::raw(" "), below, Span::raw(" ")]).right_aligned());
        }
        let inner = block.inner(area);
        block.render(area, buf);
        inner
    }
}

/// What the frame of a pane says.
#[derive(Debug, Default)]
struct Title {
    name: String,
    notes: Vec<Span<'static>>,
    right: Option<String>,
    below: Option<Span<'static>>,
}

impl Title {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Draws one pane.
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
    let pane = Pane { world, now, look: model.look(), framing, focused, scroll: model.scroll[id.index()] };
    match id {
        PaneId::ControlPlane => control_plane::ControlPlanePane { pane }.render(area, buf),
        PaneId::Kubelets => {
            kubelets::KubeletsPane { pane, place: model.place, filter: model.filter() }.render(area, buf);
        }
        PaneId::Httpbin => httpbin::HttpbinPane { pane }.render(area, buf),
        PaneId::Nodes => nodes::NodesPane { pane }.render(area, buf),
        PaneId::Pods => pods::PodsPane { pane }.render(area, buf),
        PaneId::Retries => retries::RetriesPane { pane }.render(area, buf),
    }
}

/// Rows that a pane could show, for those that scroll by rows.
pub(crate) fn len(id: PaneId, world: &World) -> usize {
    match id {
        PaneId::Nodes => world.nodes.iter().count(),
        PaneId::Pods => world.pods.len(),
        PaneId::Retries => retries::len(world),
        PaneId::ControlPlane | PaneId::Kubelets | PaneId::Httpbin => 0,
    }
}

/// The cluster's name, to leave out of the names of its nodes.
fn cluster(world: &World) -> Option<&str> {
    world.cluster.as_ref().map(|cluster| cluster.name.as_str())
}
