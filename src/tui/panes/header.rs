//! The first row: whose screen this is, how the control plane is, and whom we hear.
//!
//! Where room is short it says less, in a fixed order; the state itself always stands there.

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
        look::Look,
        model::{Mode, Model, Recording},
        state::State,
        theme::Tint,
    },
    world::World,
};

/// The first row.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    pub(crate) world: &'a World,
    pub(crate) model: &'a Model,
    pub(crate) look: Look,
    pub(crate) now: Time,
}

/// How much the row says.
#[derive(Debug, Clone, Copy)]
struct Wording {
    name: bool,
    cluster: bool,
    who: bool,
    leds: Leds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leds {
    Words,
    Letters,
    None,
}

/// From the most to the least.
const WORDINGS: [Wording; 8] = [
    Wording { name: true, cluster: true, who: true, leds: Leds::Words },
    Wording { name: false, cluster: true, who: true, leds: Leds::Words },
    Wording { name: true, cluster: false, who: true, leds: Leds::Words },
    Wording { name: true, cluster: true, who: true, leds: Leds::Letters },
    Wording { name: true, cluster: false, who: true, leds: Leds::Letters },
    Wording { name: false, cluster: false, who: true, leds: Leds::Letters },
    Wording { name: false, cluster: false, who: false, leds: Leds::Letters },
    Wording { name: false, cluster: false, who: false, leds: Leds::None },
];

impl Widget for Header<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width);
        let fitting = WORDINGS.iter().find_map(|wording| {
            let (left, right) = (self.left(*wording), self.right(*wording));
            (left.width() + right.width() < room).then_some((left, right))
        });
        let (left, right) = fitting.unwrap_or_else(|| (self.left(WORDINGS[7]), Line::default()));
        left.render(area, buf);
        right.right_aligned().render(area, buf);
    }
}

impl Header<'_> {
    fn left(&self, wording: Wording) -> Line<'static> {
        let look = &self.look;
        let state = State::of(self.model, self.world, self.now, look.glyphs);
        let mut spans = Vec::new();
        if wording.name {
            spans.push(look.span(Tint::Strong, " blackout"));
        }
        if let Some(cluster) = self.world.cluster.as_ref().filter(|_| wording.cluster) {
            let gap = if wording.name { format!(" {} ", look.glyphs.dot) } else { " ".to_owned() };
            spans.push(look.span(Tint::Dim, gap));
            spans.push(look.span(Tint::Text, cluster.context.clone()));
        }
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
        }
        let style = look.style(state.tint).add_modifier(Modifier::REVERSED | Modifier::BOLD);
        spans.push(Span::styled(format!(" {} ", state.words()), style));
        if wording.who && !state.who.is_empty() {
            spans.push(Span::raw(" "));
            spans.push(look.span(Tint::Text, state.who));
        }
        Line::from(spans)
    }

    fn right(&self, wording: Wording) -> Line<'static> {
        let look = &self.look;
        let mut spans = Vec::new();
        let mut badge = |tint: Tint, text: String| {
            spans.push(Span::styled(format!(" {text} "), look.style(tint).add_modifier(Modifier::REVERSED)));
            spans.push(Span::raw(" "));
        };
        if let Some(frozen) = &self.model.frozen {
            let new = news(&frozen.world, self.world);
            badge(Tint::Busy, format!("VIEW HELD +{new} new"));
        }
        match self.model.mode {
            Mode::Live => {}
            Mode::Lab => badge(Tint::Busy, "LAB".to_owned()),
            Mode::Replay => badge(Tint::Busy, "REPLAY".to_owned()),
        }
        if let Some((symbol, tint, word)) = self.recording(wording) {
            spans.push(look.span(tint, symbol));
            spans.push(look.span(Tint::Text, format!(" {word}  ")));
        }
        for (word, sources) in groups(self.world) {
            match wording.leds {
                Leds::None => break,
                Leds::Words => spans.push(look.span(Tint::Text, format!("{word} "))),
                Leds::Letters => spans.push(look.span(Tint::Text, &word[..1])),
            }
            for source in &sources {
                let (symbol, tint) = led(look, self.world, source);
                spans.push(look.span(tint, symbol));
            }
            spans.push(Span::raw(" "));
        }
        Line::from(spans)
    }
}

impl Header<'_> {
    /// Whether there will be a tape of this. That there will be none, against the person's wish, is said in any width.
    fn recording(&self, wording: Wording) -> Option<(&'static str, Tint, &'static str)> {
        let glyphs = self.look.glyphs;
        match self.model.recording {
            Recording::Failed => Some((glyphs.ended, Tint::Bad, "NO REC")),
            _ if !wording.who => None,
            Recording::Opening => Some((glyphs.retrying, Tint::Busy, "REC opening")),
            Recording::On => Some((glyphs.live, Tint::Bad, "REC")),
            Recording::Gaps => Some((glyphs.retrying, Tint::Bad, "REC, gaps")),
            Recording::Off if self.model.mode == Mode::Live => Some((glyphs.silent, Tint::Dim, "NO REC")),
            Recording::Off => None,
        }
    }
}

/// Entries that have come since.
fn news(then: &World, now: &World) -> u64 {
    let next = |world: &World| world.journal.arrived();
    next(now).saturating_sub(next(then))
}

/// The sources, in groups that a person has a word for.
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

/// Symbol and tint of one source.
fn led(look: &Look, world: &World, source: &SourceId) -> (&'static str, Tint) {
    match world.sources.get(source).map(|source| &source.health) {
        None => (look.glyphs.silent, Tint::Unknown),
        Some(SourceHealth::Live) => (look.glyphs.live, Tint::Good),
        Some(SourceHealth::Lagging { .. }) => (look.glyphs.live, Tint::Busy),
        Some(SourceHealth::Connecting | SourceHealth::Retrying { .. }) => (look.glyphs.retrying, Tint::Busy),
        Some(SourceHealth::Ended { .. }) => (look.glyphs.ended, Tint::Bad),
    }
}
