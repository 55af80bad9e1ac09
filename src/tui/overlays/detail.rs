//! Detail of one entry: the raw line, its meaning, what happens next, and how often it was logged.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    kubelet::{explain, read, record},
    observation::Time,
    tui::{
        draw::{
            draw_context::DrawContext,
            text::{self, elapsed},
            theme::StyleRole,
        },
        input::{key_mode::KeyMode, keymap::key_hints},
        overlays::popup::Popup,
    },
    world::{JournalEntry, World},
};

/// The detail of one entry.
#[derive(Debug)]
pub(super) struct Detail<'a> {
    pub(super) world: &'a World,
    pub(super) ctx: DrawContext,
    pub(super) now: Time,
    pub(super) entry: &'a JournalEntry,
    pub(super) scroll: usize,
}

impl Detail<'_> {
    /// Draws the overlay over `screen`.
    pub(super) fn render(&self, screen: Rect, buf: &mut Buffer) {
        let ctx = &self.ctx;
        let columns = Popup::columns(100, screen);
        let cluster = self.world.cluster.as_ref().map(|cluster| cluster.name.as_str());
        let worker = text::safe(text::short_name(&self.entry.worker, cluster)).into_owned();
        let title =
            format!("{worker} {dot} {} {dot} {}", self.entry.activity, self.entry.symptom, dot = ctx.glyphs.dot);
        let sheet = Popup {
            ctx,
            title: &title,
            keys: key_hints(KeyMode::Reading).collect(),
            role: StyleRole::Focus,
            scroll: self.scroll,
        };
        sheet.render(columns, self.lines(columns), screen, buf);
    }

    fn lines(&self, columns: usize) -> Vec<Line<'static>> {
        let Self { ctx, entry, .. } = self;
        let mut lines = Vec::new();
        let mut section = |title: &str, role: StyleRole, text: &str| {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::from(ctx.span(StyleRole::Strong, title)));
            lines.extend(ctx.wrapped(role, text, columns));
        };
        let explanation = explain(&read(&record(&entry.message)));
        section("Raw line", StyleRole::Text, &entry.message);
        section("Meaning", StyleRole::Text, &explanation.meaning);
        section(
            "What happens next",
            StyleRole::Text,
            &format!("{}{}", explanation.next, self.due().unwrap_or_default()),
        );
        section("Count", StyleRole::Dim, &self.count());
        lines
    }

    /// Time of the next attempt, as a sentence. `None` if the line announced none.
    fn due(&self) -> Option<String> {
        let Self { entry, now, .. } = self;
        let due = entry.last + entry.retry_in? - *now;
        Some(match due.num_milliseconds() > 0 {
            true => format!(" Next attempt in {}.", text::wait(due)),
            false => format!(" The attempt was due {} ago.", text::duration(-due)),
        })
    }

    fn count(&self) -> String {
        let Self { ctx, entry, now, .. } = self;
        let from = match &entry.source {
            Some(source) => format!(" from {source}"),
            None => String::new(),
        };
        let span = if entry.first == entry.last {
            format!("at {}", ctx.time(entry.first))
        } else {
            format!("from {} to {}", ctx.time(entry.first), ctx.time(entry.last))
        };
        let many = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let (lines, failures) = (many(entry.lines, "line"), many(entry.failures, "failure"));
        format!("{lines}, {failures}{from}, {span}, {} ago.", text::duration(elapsed(*now, entry.last)))
    }
}
