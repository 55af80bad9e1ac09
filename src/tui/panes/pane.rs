//! Arguments that all panes share, and the frame around each.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Widget as _},
};

use crate::{
    observation::Time,
    tui::{
        draw::{draw_context::DrawContext, theme::StyleRole},
        layout::screen_areas::Framing,
    },
    world::World,
};

/// Arguments that all panes share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pane<'a> {
    /// The world to show.
    pub(crate) world: &'a World,
    /// The time to show it at.
    pub(crate) now: Time,
    /// Theme, symbols, language and time zone.
    pub(crate) ctx: DrawContext,
    /// Whether the pane has a frame.
    pub(crate) framing: Framing,
    /// Whether the pane is focused.
    pub(crate) focused: bool,
    /// Rows scrolled off the top.
    pub(crate) scroll: usize,
}

impl Pane<'_> {
    /// Draws the frame with its title, and returns the area inside. Without a frame, the area itself.
    pub(super) fn frame(&self, area: Rect, buf: &mut Buffer, title: FrameTitle) -> Rect {
        if self.framing == Framing::Bare {
            return area;
        }
        let glyphs = self.ctx.glyphs;
        let (set, role) =
            if self.focused { (glyphs.focus, StyleRole::Focus) } else { (glyphs.frame, StyleRole::Frame) };
        let name_role = if self.focused { StyleRole::Focus } else { StyleRole::Strong };
        let room = usize::from(area.width.saturating_sub(2));
        let mut top = vec![self.ctx.span(name_role, format!(" {} ", title.name))];
        top.extend(title.notes.into_iter().map(|note| Span::styled(format!("{} ", note.content), note.style)));
        let top = Line::from(top);
        let right = Line::from(
            title
                .right
                .into_iter()
                .map(|right| self.ctx.span(StyleRole::Dim, format!(" {right} ")))
                .collect::<Vec<_>>(),
        );
        let plain = Style::new().fg(Color::Reset).remove_modifier(Modifier::all());
        let mut block = Block::bordered().border_set(set).border_style(self.ctx.style(role)).title_style(plain);
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

/// Texts in the frame of a pane.
#[derive(Debug, Default)]
pub(super) struct FrameTitle {
    /// Name of the pane, at the left of the upper edge.
    pub(super) name: String,
    /// Notes after the name.
    pub(super) notes: Vec<Span<'static>>,
    /// Text at the right of the upper edge, if there is room.
    pub(super) right: Option<String>,
    /// Text at the right of the lower edge, if there is room.
    pub(super) below: Option<Span<'static>>,
}

impl FrameTitle {
    /// A title with a name only.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Name of the cluster, which is omitted from the names of its nodes. `None` until the cluster is found.
pub(super) fn cluster_name(world: &World) -> Option<&str> {
    world.cluster.as_ref().map(|cluster| cluster.name.as_str())
}
