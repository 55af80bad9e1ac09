//! The control plane in one word: symbol, word, time, and note did it. The header and the smallest screens show it.

use crate::{
    observation::{FaultAction, Time},
    tui::{
        draw::{
            glyphs::Glyphs,
            text::{self, elapsed},
            theme::StyleRole,
        },
        model::Model,
        update::fault_state::{START_TAKES, STOP_TAKES, progress, under_way},
    },
    world::{ConfirmedBy, DownCause, Outage, Phase, World},
};

/// The control plane in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhaseBadge {
    /// Its symbol.
    pub(crate) symbol: &'static str,
    /// The word.
    pub(crate) word: &'static str,
    /// How long, or how far.
    pub(crate) time: String,
    /// Who did it, or what comes next; may be empty.
    pub(crate) note: String,
    /// What it means.
    pub(crate) role: StyleRole,
}

impl PhaseBadge {
    /// The state of a world at `now`.
    pub(crate) fn of(model: &Model, world: &World, now: Time, glyphs: &Glyphs) -> Self {
        let phase = world.phase(now);
        let restoring =
            under_way(model, world, now).filter(|(action, _)| *action == FaultAction::Restore).map(|(_, at)| at);
        let (symbol, word, time, role) = match phase {
            Phase::Unknown => (glyphs.unknown, "UNKNOWN", String::new(), StyleRole::Unknown),
            Phase::Up { .. } => (glyphs.live, "UP", String::new(), StyleRole::Good),
            Phase::Stopping { since } => {
                (glyphs.retrying, "STOPPING", progress(since, STOP_TAKES, now), StyleRole::Busy)
            }
            Phase::Down { since, .. } => {
                (glyphs.down, "DOWN", text::stopwatch(elapsed(now, away_since(world, since))), StyleRole::Bad)
            }
            Phase::Frozen { since } => {
                (glyphs.paused, "FROZEN", text::stopwatch(elapsed(now, away_since(world, since))), StyleRole::Bad)
            }
            Phase::Starting { since } => {
                (glyphs.starting, "STARTING", progress(since, START_TAKES, now), StyleRole::Busy)
            }
        };
        let note = match (phase, restoring) {
            (Phase::Down { .. } | Phase::Frozen { .. }, Some(since)) => {
                format!("starting it again, {}", text::age(elapsed(now, since)))
            }
            (Phase::Up { .. }, _) => recovering(world),
            (Phase::Unknown, _) => "nothing heard of it".to_owned(),
            (Phase::Starting { .. }, _) => "not ready yet".to_owned(),
            (Phase::Stopping { .. }, _) if under_way(model, world, now).is_some() => "by you".to_owned(),
            (Phase::Stopping { .. }, _) => "not by blackout".to_owned(),
            (Phase::Down { cause, .. }, None) => culprit(world, Some(cause)),
            (Phase::Frozen { .. }, None) => culprit(world, None),
        };
        Self { symbol, word, time, note, role }
    }

    /// Symbol, word and time.
    pub(crate) fn text(&self) -> String {
        let Self { symbol, word, time, .. } = self;
        if time.is_empty() { format!("{symbol} {word}") } else { format!("{symbol} {word} {time}") }
    }
}

/// Since when it has been away: one clock for the whole screen, that of the outage, where that began earlier.
pub(crate) fn away_since(world: &World, since: Time) -> Time {
    world.outage().map_or(since, |outage| outage.began.min(since))
}

fn recovering(world: &World) -> String {
    match world.outage() {
        Some(outage) if outage.recovering() => "recovering".to_owned(),
        _ => String::new(),
    }
}

fn culprit(world: &World, cause: Option<DownCause>) -> String {
    match world.operator.fault() {
        Some(FaultAction::Stop) => return "stopped by you".to_owned(),
        Some(FaultAction::Kill) => return "killed by you".to_owned(),
        Some(FaultAction::Pause) => return "frozen by you".to_owned(),
        Some(FaultAction::Disconnect) => return "cut off by you".to_owned(),
        Some(FaultAction::Apiserver | FaultAction::Restore) => return "by you".to_owned(),
        None => {}
    }
    let unhealthy = cause == Some(DownCause::Unhealthy);
    match world.outage().and_then(Outage::confirmed_by) {
        _ if unhealthy => "its container runs".to_owned(),
        Some(ConfirmedBy::Engine) => "not by blackout".to_owned(),
        _ => String::new(),
    }
}
