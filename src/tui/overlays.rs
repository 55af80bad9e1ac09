//! What lies over the panes: one box in the middle, everything behind it as it was.

mod confirm;
mod detail;
mod help;
mod log;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Clear, Widget as _},
};

use super::{
    look::{Look, Rows},
    model::{Mode, Model, Overlay},
    theme::Tint,
};
use crate::{observation::Time, world::World};

/// Draws what lies over the panes of `screen`.
pub(crate) fn render(world: &World, model: &Model, now: Time, screen: Rect, buf: &mut Buffer) {
    let look = model.look();
    match &model.overlay {
        // the footer is the line that is typed in
        Overlay::None | Overlay::Prompt(..) => {}
        Overlay::Confirm(deed) => confirm::deed(&look, world, model, *deed, screen, buf),
        Overlay::Consent { deed, reason } => confirm::consent(&look, world, *deed, reason, screen, buf),
        Overlay::Quit if model.mode == Mode::Lab => confirm::quit_lab(&look, screen, buf),
        Overlay::Quit => confirm::quit(&look, world, now, screen, buf),
        Overlay::Leaving { since } => confirm::leaving(&look, world, now, *since, screen, buf),
        Overlay::Help { scroll } => help::render(&look, model.mode, *scroll, screen, buf),
        Overlay::Detail { entry, scroll } => {
            detail::Detail { world, look, now, entry, scroll: *scroll }.render(screen, buf);
        }
        Overlay::Log => log::render(&look, screen, buf),
    }
}

/// A box in the middle that holds these lines; those that find no room scroll.
struct Sheet<'a> {
    look: &'a Look,
    title: &'a str,
    keys: &'a [(&'static str, &'static str)],
    tint: Tint,
    scroll: usize,
}

impl Sheet<'_> {
    /// Columns inside a box on this screen that wants `wanted`.
    fn columns(wanted: u16, screen: Rect) -> usize {
        usize::from(wanted.min(screen.width.saturating_sub(4)).max(1))
    }

    fn render(&self, columns: usize, lines: Vec<Line<'static>>, screen: Rect, buf: &mut Buffer) {
        let look = self.look;
        let width = u16::try_from(columns).unwrap_or(u16::MAX).saturating_add(4).min(screen.width);
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        let height = rows.min(screen.height);
        let area = Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + (screen.height - height) / 2,
            width,
            height,
        };
        Clear.render(area, buf);
        let mut keys = vec![Span::raw(" ")];
        for (key, word) in self.keys {
            keys.push(look.span(Tint::Key, key));
            keys.push(look.span(Tint::Text, format!(" {word}  ")));
        }
        let keys = Line::from(keys);
        let keys_width = keys.width();
        let block = Block::bordered()
            .border_set(look.glyphs.focus)
            .border_style(look.style(self.tint))
            .title_top(Line::from(look.span(self.tint, format!(" {} ", self.title))))
            .title_bottom(keys);
        let mut inner = block.inner(area);
        block.render(area, buf);
        inner.x += 1;
        inner.width = inner.width.saturating_sub(2);
        let most = lines.len().saturating_sub(usize::from(inner.height));
        let mut rows = Rows::new(inner, buf);
        rows.put_all(lines.into_iter().skip(self.scroll.min(most)));
        let below = most - self.scroll.min(most);
        let more = look.span(Tint::Dim, format!(" {below} more rows below "));
        // the keys are worth more than the word that there is more to read
        if below > 0 && height >= 3 && keys_width + more.width() + 2 <= usize::from(width) {
            let place = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width.saturating_sub(2), height: 1 };
            Line::from(more).right_aligned().render(place, buf);
        }
    }
}
