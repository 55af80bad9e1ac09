//! Footer: the keys of the current mode, from the key table.
//!
//! Where room is short, keys are left out from the end; help and quit always stay.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{FaultAction, Time},
    tui::{
        draw::{draw_context::DrawContext, text::elapsed, theme::StyleRole},
        input::{action::Action, key_binding::KeyBinding, key_mode::KeyMode, keymap::key_bindings},
        model::{
            Model,
            overlay::{Overlay, Prompt},
            playback_control::PlaybackControl,
        },
        panes::hint_row::hint_line,
        update::fault_state::{next_fault_action, under_way},
    },
    world::World,
};

/// Arguments of the footer.
#[derive(Debug)]
pub(crate) struct FooterRow<'a> {
    pub(crate) world: &'a World,
    pub(crate) model: &'a Model,
    pub(crate) ctx: DrawContext,
    pub(crate) now: Time,
    /// Whether a hint replaces the keys, because the screen has no hint row.
    pub(crate) shows_hints: bool,
}

impl Widget for FooterRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        if let Overlay::Prompt(prompt, line) = &self.model.overlay {
            return self.prompt(*prompt, line, columns).render(area, buf);
        }
        if self.shows_hints
            && let Some(text) = self.model.visible_hint(self.now)
        {
            return hint_line(&self.ctx, text, columns).render(area, buf);
        }
        self.keys(columns).render(area, buf);
    }
}

impl FooterRow<'_> {
    fn keys(&self, columns: usize) -> Line<'static> {
        let mode = KeyMode::of(self.model);
        let rows: Vec<&KeyBinding> = key_bindings(mode).filter(|row| row.footer.is_some()).collect();
        let items: Vec<(Vec<Span<'static>>, bool)> = rows.into_iter().map(|row| self.item(row, mode)).collect();
        let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
        // keys that are never left out have their room first
        let mut room = columns.saturating_sub(1);
        for (spans, keep) in &items {
            if *keep {
                room = room.saturating_sub(width(spans));
            }
        }
        let mut line = vec![Span::raw(" ")];
        for (spans, keep) in items {
            if keep {
                line.extend(spans);
            } else if width(&spans) <= room {
                room -= width(&spans);
                line.extend(spans);
            } else {
                room = 0;
            }
        }
        Line::from(line)
    }

    /// A key with its text, and whether it is never left out.
    fn item(&self, row: &KeyBinding, mode: KeyMode) -> (Vec<Span<'static>>, bool) {
        let ctx = &self.ctx;
        let (role, word) = match row.action {
            Action::ToggleFault => self.toggle(),
            Action::PauseView if self.model.paused_view.is_some() => (StyleRole::Text, "resume view".to_owned()),
            Action::Playback(PlaybackControl::Toggle)
                if self.model.replay.as_ref().is_some_and(|replay| !replay.playing) =>
            {
                (StyleRole::Text, "play".to_owned())
            }
            Action::Zoom if self.model.zoom.is_some() => (StyleRole::Text, "all panes".to_owned()),
            _ => (StyleRole::Text, row.footer.unwrap_or_default().to_owned()),
        };
        let panes = matches!(mode, KeyMode::Dashboard | KeyMode::Replay);
        let keep = !panes || matches!(row.action, Action::ToggleFault | Action::Help | Action::Quit);
        (vec![ctx.span(StyleRole::Key, row.label), ctx.span(role, format!(" {word}   "))], keep)
    }

    /// Text of `s`: what it would do, or the operation under way.
    fn toggle(&self) -> (StyleRole, String) {
        let waited = |since| elapsed(self.now, since).num_seconds();
        match under_way(self.model, self.world, self.now) {
            Some((FaultAction::Restore, since)) => return (StyleRole::Busy, format!("starting {} s", waited(since))),
            Some((_, since)) => return (StyleRole::Busy, format!("stopping {} s", waited(since))),
            None => {}
        }
        match next_fault_action(self.model, self.world, self.now) {
            Ok(FaultAction::Restore) => (StyleRole::Strong, "start".to_owned()),
            Ok(_) => (StyleRole::Strong, "stop".to_owned()),
            Err(_) => (StyleRole::Dim, "stop".to_owned()),
        }
    }

    fn prompt(&self, prompt: Prompt, line: &str, columns: usize) -> Line<'static> {
        let ctx = &self.ctx;
        let name = match prompt {
            Prompt::Filter => " filter: ",
            Prompt::Mark => " mark: ",
        };
        let keys = "   Enter apply   Esc cancel";
        let mut spans =
            vec![ctx.span(StyleRole::Key, name), ctx.span(StyleRole::Strong, line), ctx.span(StyleRole::Cursor, " ")];
        let used: usize = spans.iter().map(Span::width).sum();
        if used + keys.len() <= columns {
            spans.push(ctx.span(StyleRole::Dim, keys));
        }
        Line::from(spans)
    }
}
