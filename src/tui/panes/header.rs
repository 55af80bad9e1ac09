//! Header: cluster, phase of the control plane, recording, and one symbol for each source.
//!
//! On a narrow screen parts are left out in a fixed order; the phase always stays.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{SourceHealth, SourceId, Time},
    tui::{
        draw::{draw_context::DrawContext, phase_badge::PhaseBadge, theme::StyleRole},
        model::{Model, mode::Mode, recording_status::RecordingStatus},
    },
    world::World,
};

/// Arguments of the header.
#[derive(Debug)]
pub(crate) struct HeaderRow<'a> {
    pub(crate) world: &'a World,
    pub(crate) model: &'a Model,
    pub(crate) ctx: DrawContext,
    pub(crate) now: Time,
}

/// The parts that one variant of the header shows.
#[derive(Debug, Clone, Copy)]
struct HeaderVariant {
    name: bool,
    cluster: bool,
    note: bool,
    lights: SourceLights,
}

/// How the groups of sources are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SourceLights {
    Words,
    Letters,
    None,
}

/// Variants, from the longest to the shortest; the first that fits is drawn.
const VARIANTS: [HeaderVariant; 8] = [
    HeaderVariant { name: true, cluster: true, note: true, lights: SourceLights::Words },
    HeaderVariant { name: false, cluster: true, note: true, lights: SourceLights::Words },
    HeaderVariant { name: true, cluster: false, note: true, lights: SourceLights::Words },
    HeaderVariant { name: true, cluster: true, note: true, lights: SourceLights::Letters },
    HeaderVariant { name: true, cluster: false, note: true, lights: SourceLights::Letters },
    HeaderVariant { name: false, cluster: false, note: true, lights: SourceLights::Letters },
    HeaderVariant { name: false, cluster: false, note: false, lights: SourceLights::Letters },
    HeaderVariant { name: false, cluster: false, note: false, lights: SourceLights::None },
];

impl Widget for HeaderRow<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width);
        let fitting = VARIANTS.iter().find_map(|variant| {
            let (left, right) = (self.left(*variant), self.right(*variant));
            (left.width() + right.width() < room).then_some((left, right))
        });
        let (left, right) = fitting.unwrap_or_else(|| (self.left(VARIANTS[7]), Line::default()));
        left.render(area, buf);
        right.right_aligned().render(area, buf);
    }
}

impl HeaderRow<'_> {
    fn left(&self, variant: HeaderVariant) -> Line<'static> {
        let ctx = &self.ctx;
        let badge = PhaseBadge::of(self.model, self.world, self.now, ctx.glyphs);
        let mut spans = Vec::new();
        if variant.name {
            spans.push(ctx.span(StyleRole::Strong, " blackout"));
        }
        if let Some(cluster) = self.world.cluster.as_ref().filter(|_| variant.cluster) {
            let gap = if variant.name { format!(" {} ", ctx.glyphs.dot) } else { " ".to_owned() };
            spans.push(ctx.span(StyleRole::Dim, gap));
            spans.push(ctx.span(StyleRole::Text, cluster.context.clone()));
        }
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
        }
        let style = ctx.style(badge.role).add_modifier(Modifier::REVERSED | Modifier::BOLD);
        spans.push(Span::styled(format!(" {} ", badge.text()), style));
        if variant.note && !badge.note.is_empty() {
            spans.push(Span::raw(" "));
            spans.push(ctx.span(StyleRole::Text, badge.note));
        }
        Line::from(spans)
    }

    fn right(&self, variant: HeaderVariant) -> Line<'static> {
        let ctx = &self.ctx;
        let mut spans = Vec::new();
        let mut badge = |role: StyleRole, text: String| {
            spans.push(Span::styled(format!(" {text} "), ctx.style(role).add_modifier(Modifier::REVERSED)));
            spans.push(Span::raw(" "));
        };
        if let Some(paused) = &self.model.paused_view {
            let new = entries_since(&paused.world, self.world);
            badge(StyleRole::Busy, format!("VIEW PAUSED +{new} new"));
        }
        match self.model.mode {
            Mode::Live => {}
            Mode::Lab => badge(StyleRole::Busy, "LAB".to_owned()),
            Mode::Replay => badge(StyleRole::Busy, "REPLAY".to_owned()),
        }
        if let Some((symbol, role, word)) = self.recording(variant) {
            spans.push(ctx.span(role, symbol));
            spans.push(ctx.span(StyleRole::Text, format!(" {word}  ")));
        }
        for (word, sources) in groups(self.world) {
            match variant.lights {
                SourceLights::None => break,
                SourceLights::Words => spans.push(ctx.span(StyleRole::Text, format!("{word} "))),
                SourceLights::Letters => spans.push(ctx.span(StyleRole::Text, &word[..1])),
            }
            for source in &sources {
                let (symbol, role) = source_light(ctx, self.world, source);
                spans.push(ctx.span(role, symbol));
            }
            spans.push(Span::raw(" "));
        }
        Line::from(spans)
    }
}

impl HeaderRow<'_> {
    /// Symbol and text of the recording; a failure is shown in every variant. `None` if there is nothing to show.
    fn recording(&self, variant: HeaderVariant) -> Option<(&'static str, StyleRole, &'static str)> {
        let glyphs = self.ctx.glyphs;
        match self.model.recording {
            RecordingStatus::Failed => Some((glyphs.ended, StyleRole::Bad, "NO REC")),
            _ if !variant.note => None,
            RecordingStatus::Opening => Some((glyphs.retrying, StyleRole::Busy, "REC opening")),
            RecordingStatus::On => Some((glyphs.live, StyleRole::Bad, "REC")),
            RecordingStatus::Gaps => Some((glyphs.retrying, StyleRole::Bad, "REC, gaps")),
            RecordingStatus::Off if self.model.mode == Mode::Live => Some((glyphs.silent, StyleRole::Dim, "NO REC")),
            RecordingStatus::Off => None,
        }
    }
}

/// EntryList that have come since.
fn entries_since(then: &World, now: &World) -> u64 {
    let next = |world: &World| world.journal.arrived();
    next(now).saturating_sub(next(then))
}

/// Sources, in groups with a name.
fn groups(world: &World) -> [(&'static str, Vec<SourceId>); 5] {
    let mut journals: Vec<SourceId> = match &world.cluster {
        Some(cluster) => cluster.workers().map(|worker| SourceId::Journal(worker.name.clone())).collect(),
        None => {
            world.sources.iter().map(|(id, _)| id).filter(|id| matches!(id, SourceId::Journal(_))).cloned().collect()
        }
    };
    if journals.is_empty() {
        journals.push(SourceId::Journal(String::new()));
    }
    journals.truncate(9);
    [
        ("docker", vec![SourceId::Docker]),
        ("journal", journals),
        ("api", vec![SourceId::Nodes, SourceId::Pods, SourceId::Leases]),
        ("health", vec![SourceId::Health]),
        ("traffic", vec![SourceId::Traffic]),
    ]
}

/// Symbol and role of one source.
fn source_light(ctx: &DrawContext, world: &World, source: &SourceId) -> (&'static str, StyleRole) {
    match world.sources.get(source).map(|source| &source.health) {
        None => (ctx.glyphs.silent, StyleRole::Unknown),
        Some(SourceHealth::Live) => (ctx.glyphs.live, StyleRole::Good),
        Some(SourceHealth::Lagging { .. }) => (ctx.glyphs.live, StyleRole::Busy),
        Some(SourceHealth::Connecting | SourceHealth::Retrying { .. }) => (ctx.glyphs.retrying, StyleRole::Busy),
        Some(SourceHealth::Ended { .. }) => (ctx.glyphs.ended, StyleRole::Bad),
    }
}
