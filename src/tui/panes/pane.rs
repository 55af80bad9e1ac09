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

/// What every pane gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pane<'a> {
    /// The world it shows.
    pub(crate) world: &'a World,
    /// The time it shows.
    pub(crate) now: Time,
    /// Symbols, colours, language.
    pub(crate) ctx: DrawContext,
    /// Whether it has a frame.
    pub(crate) framing: Framing,
    /// Whether it has the keys.
    pub(crate) focused: bool,
    /// Rows scrolled away.
    pub(crate) scroll: usize,
}

impl Pane<'_> {
    /// Draws the frame with a title to the left and notes to the right and below; gives back what is inside.
    pub(super) fn open(&self, area: Rect, buf: &mut Buffer, title: FrameTitle) -> Rect {
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

/// What the frame of a pane says.
#[derive(Debug, Default)]
pub(super) struct FrameTitle {
    pub(super) name: String,
    pub(super) notes: Vec<Span<'static>>,
    pub(super) right: Option<String>,
    pub(super) below: Option<Span<'static>>,
}

impl FrameTitle {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// The cluster's name, to leave out of the names of its nodes.
pub(super) fn cluster_name(world: &World) -> Option<&str> {
    world.cluster.as_ref().map(|cluster| cluster.name.as_str())
}
