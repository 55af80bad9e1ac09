//! Phase badge of the header: symbol, phase, duration, and who caused it.

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

/// Phase of the control plane, as the header shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhaseBadge {
    /// Symbol of the phase.
    pub(crate) symbol: &'static str,
    /// Name of the phase, in capitals.
    pub(crate) word: &'static str,
    /// Duration of the phase, or its progress; may be empty.
    pub(crate) time: String,
    /// Who caused it, or what follows; may be empty.
    pub(crate) note: String,
    /// Role of the badge.
    pub(crate) role: StyleRole,
}

impl PhaseBadge {
    /// The badge for the phase of `world` at `now`.
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
                (glyphs.down, "DOWN", text::duration(elapsed(now, away_since(world, since))), StyleRole::Bad)
            }
            Phase::Paused { since } => {
                (glyphs.paused, "PAUSED", text::duration(elapsed(now, away_since(world, since))), StyleRole::Bad)
            }
            Phase::Starting { since } => {
                (glyphs.starting, "STARTING", progress(since, START_TAKES, now), StyleRole::Busy)
            }
        };
        let note = match (phase, restoring) {
            (Phase::Down { .. } | Phase::Paused { .. }, Some(since)) => {
                format!("starting, {}", text::duration(elapsed(now, since)))
            }
            (Phase::Up { .. }, _) => recovery_note(world),
            (Phase::Unknown, _) => "no data yet".to_owned(),
            (Phase::Starting { .. }, _) => "not ready yet".to_owned(),
            (Phase::Stopping { .. }, _) if under_way(model, world, now).is_some() => "by you".to_owned(),
            (Phase::Stopping { .. }, _) => "outside blackout".to_owned(),
            (Phase::Down { cause, .. }, None) => cause_note(world, Some(cause)),
            (Phase::Paused { .. }, None) => cause_note(world, None),
        };
        Self { symbol, word, time, note, role }
    }

    /// Symbol, phase and duration: `■ DOWN 1m42s`.
    pub(crate) fn text(&self) -> String {
        let Self { symbol, word, time, .. } = self;
        if time.is_empty() { format!("{symbol} {word}") } else { format!("{symbol} {word} {time}") }
    }
}

/// Begin of the downtime, the same for all panes: that of the outage, if it began before the phase.
pub(crate) fn away_since(world: &World, since: Time) -> Time {
    world.outage().map_or(since, |outage| outage.began.min(since))
}

fn recovery_note(world: &World) -> String {
    match world.outage() {
        Some(outage) if outage.recovering() => "recovering".to_owned(),
        _ => String::new(),
    }
}

fn cause_note(world: &World, cause: Option<DownCause>) -> String {
    match world.operator.fault() {
        Some(FaultAction::Stop) => return "stopped by you".to_owned(),
        Some(FaultAction::Kill) => return "killed by you".to_owned(),
        Some(FaultAction::Pause) => return "paused by you".to_owned(),
        Some(FaultAction::Disconnect) => return "cut off by you".to_owned(),
        Some(FaultAction::Apiserver | FaultAction::Restore) => return "by you".to_owned(),
        None => {}
    }
    let unhealthy = cause == Some(DownCause::Unhealthy);
    match world.outage().and_then(Outage::confirmed_by) {
        _ if unhealthy => "API server not answering".to_owned(),
        Some(ConfirmedBy::Engine) => "stopped outside blackout".to_owned(),
        _ => String::new(),
    }
}
