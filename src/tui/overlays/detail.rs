//! One entry in full: the raw line, what it means, what happens next, and when the next try is due.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::Sheet;
use crate::{
    observation::Time,
    tui::{
        captions,
        look::{Look, ago},
        text,
        theme::Tint,
    },
    world::{Entry, World},
};

/// One entry in full.
#[derive(Debug)]
pub(super) struct Detail<'a> {
    pub(super) world: &'a World,
    pub(super) look: Look,
    pub(super) now: Time,
    pub(super) entry: &'a Entry,
    pub(super) scroll: usize,
}

impl Detail<'_> {
    /// Draws it.
    pub(super) fn render(&self, screen: Rect, buf: &mut Buffer) {
        let look = &self.look;
        let columns = Sheet::columns(100, screen);
        let cluster = self.world.cluster.as_ref().map(|cluster| cluster.name.as_str());
        let worker = text::safe(text::short_name(&self.entry.worker, cluster)).into_owned();
        let title =
            format!("{worker} {dot} {} {dot} {}", self.entry.activity, self.entry.symptom, dot = look.glyphs.dot);
        let sheet = Sheet {
            look,
            title: &title,
            keys: &[("Esc", "close"), ("Up Down", "scroll")],
            tint: Tint::Focus,
            scroll: self.scroll,
        };
        sheet.render(columns, self.lines(columns), screen, buf);
    }

    fn lines(&self, columns: usize) -> Vec<Line<'static>> {
        let Self { look, entry, .. } = self;
        let mut lines = Vec::new();
        let mut section = |title: &str, tint: Tint, text: &str| {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::from(look.span(Tint::Strong, title)));
            lines.extend(look.wrapped(tint, text, columns));
        };
        section("What the kubelet wrote", Tint::Text, &entry.message);
        section("What it means", Tint::Text, &self.meaning());
        section("What happens next", Tint::Text, &self.next());
        section("How often", Tint::Dim, &self.often());
        lines
    }

    fn meaning(&self) -> String {
        let Self { look, entry, .. } = self;
        if !entry.control_plane {
            return "This line is not about a call to the API server.".to_owned();
        }
        format!(
            "{}: {}.",
            captions::doing(entry.activity).say(look.language),
            captions::cause(entry.symptom).say(look.language)
        )
    }

    fn next(&self) -> String {
        let Self { entry, now, .. } = self;
        match entry.retry_in {
            Some(retry_in) => {
                let due = entry.last + retry_in - *now;
                match due.num_milliseconds() > 0 {
                    true => format!("The next try is due in {}.", text::wait(due)),
                    false => format!("The next try was due {} ago.", text::age(-due)),
                }
            }
            None if entry.control_plane => "It is tried again; the line does not say when.".to_owned(),
            None => "Nothing that has to do with the outage.".to_owned(),
        }
    }

    fn often(&self) -> String {
        let Self { look, entry, now, .. } = self;
        let from = match &entry.source {
            Some(source) => format!(" from {source}"),
            None => String::new(),
        };
        let span = if entry.first == entry.last {
            format!("at {}", look.time(entry.first))
        } else {
            format!("from {} to {}", look.time(entry.first), look.time(entry.last))
        };
        format!(
            "{} lines, {} failures{from}, {span}, {} ago.",
            entry.lines,
            entry.failures,
            text::age(ago(*now, entry.last))
        )
    }
}
