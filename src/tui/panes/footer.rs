//! The keys, and the words to the person.
//!
//! The footer is made from the key table. Where room is short, keys give way from the end; help and quit never do.

use chrono::Duration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{FaultAction, Time},
    tui::{
        action::Action,
        keymap::{self, Binding, KeyMode},
        look::{Look, ago},
        model::{Model, Overlay, Prompt},
        replay::Transport,
        theme::Tint,
        update::control::{intent, under_way},
    },
    world::World,
};

/// How long a hint stays.
const STAYS: Duration = Duration::seconds(8);

/// The hint that is to be shown, if there is one.
pub(crate) fn hint(model: &Model, now: Time) -> Option<&str> {
    model.hint.as_ref().filter(|hint| now - hint.at < STAYS).map(|hint| hint.text.as_str())
}

fn hint_line(look: &Look, text: &str, columns: usize) -> Line<'static> {
    Line::from(vec![look.span(Tint::Busy, " ! "), look.fit(Tint::Strong, text, columns.saturating_sub(3))])
}

/// A row for hints; without one it says what the symbols mean.
#[derive(Debug)]
pub(crate) struct HintRow<'a> {
    pub(crate) model: &'a Model,
    pub(crate) look: Look,
    pub(crate) now: Time,
}

impl Widget for HintRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        let look = &self.look;
        if let Some(text) = hint(self.model, self.now) {
            return hint_line(look, text, columns).render(area, buf);
        }
        let glyphs = look.glyphs;
        let words = [
            (glyphs.live, Tint::Good, "live"),
            (glyphs.stale, Tint::Stale, "STALE: last known, with its age"),
            (glyphs.down, Tint::Bad, "down"),
            (glyphs.unknown, Tint::Unknown, "nobody can say"),
            (glyphs.retrying, Tint::Busy, "tries again"),
            (glyphs.silent, Tint::Unknown, "not heard"),
            (glyphs.ended, Tint::Bad, "ended"),
        ];
        let mut spans = vec![Span::raw(" ")];
        for (symbol, tint, word) in words {
            spans.push(look.span(tint, symbol));
            spans.push(look.span(Tint::Dim, format!(" {word}   ")));
        }
        Line::from(spans).render(area, buf);
    }
}

/// The keys.
#[derive(Debug)]
pub(crate) struct Footer<'a> {
    pub(crate) world: &'a World,
    pub(crate) model: &'a Model,
    pub(crate) look: Look,
    pub(crate) now: Time,
    /// Whether hints stand here, for want of a row of their own.
    pub(crate) says_hints: bool,
}

impl Widget for Footer<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width);
        if let Overlay::Prompt(prompt, line) = &self.model.overlay {
            return self.prompt(*prompt, line, columns).render(area, buf);
        }
        if self.says_hints
            && let Some(text) = hint(self.model, self.now)
        {
            return hint_line(&self.look, text, columns).render(area, buf);
        }
        self.keys(columns).render(area, buf);
    }
}

impl Footer<'_> {
    fn keys(&self, columns: usize) -> Line<'static> {
        let mode = self.model.key_mode();
        let rows: Vec<&Binding> = keymap::rows(mode).filter(|row| row.footer.is_some()).collect();
        let items: Vec<(Vec<Span<'static>>, bool)> = rows.into_iter().map(|row| self.item(row, mode)).collect();
        let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
        // those that never give way have their room first
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

    /// A key with its word, and whether it stays in any room.
    fn item(&self, row: &Binding, mode: KeyMode) -> (Vec<Span<'static>>, bool) {
        let look = &self.look;
        let (tint, word) = match row.action {
            Action::Toggle => self.toggle(),
            Action::Freeze if self.model.frozen.is_some() => (Tint::Text, "go on".to_owned()),
            Action::Play(Transport::Toggle) if self.model.replay.as_ref().is_some_and(|replay| !replay.playing) => {
                (Tint::Text, "play".to_owned())
            }
            Action::Zoom if self.model.zoom.is_some() => (Tint::Text, "all panes".to_owned()),
            _ => (Tint::Text, row.footer.unwrap_or_default().to_owned()),
        };
        let panes = matches!(mode, KeyMode::Dashboard | KeyMode::Replay);
        let keep = !panes || matches!(row.action, Action::Toggle | Action::Help | Action::Quit);
        (vec![look.span(Tint::Key, row.label), look.span(tint, format!(" {word}   "))], keep)
    }

    /// What `s` does, or what is under way.
    fn toggle(&self) -> (Tint, String) {
        let waited = |since| ago(self.now, since).num_seconds();
        match under_way(self.model, self.world, self.now) {
            Some((FaultAction::Restore, since)) => return (Tint::Busy, format!("starting {} s", waited(since))),
            Some((_, since)) => return (Tint::Busy, format!("stopping {} s", waited(since))),
            None => {}
        }
        match intent(self.model, self.world, self.now) {
            Ok(FaultAction::Restore) => (Tint::Strong, "start".to_owned()),
            Ok(_) => (Tint::Strong, "stop".to_owned()),
            Err(_) => (Tint::Dim, "stop".to_owned()),
        }
    }

    fn prompt(&self, prompt: Prompt, line: &str, columns: usize) -> Line<'static> {
        let look = &self.look;
        let name = match prompt {
            Prompt::Filter => " filter: ",
            Prompt::Mark => " mark: ",
        };
        let keys = "   Enter take it   Esc drop it";
        let mut spans = vec![look.span(Tint::Key, name), look.span(Tint::Strong, line), look.span(Tint::Cursor, " ")];
        let used: usize = spans.iter().map(Span::width).sum();
        if used + keys.len() <= columns {
            spans.push(look.span(Tint::Dim, keys));
        }
        Line::from(spans)
    }
}
