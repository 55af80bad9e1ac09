//! The sentence on top: what is going on, in words for the back row.

use super::fold::World;
use crate::{
    observation::{FaultAction, Time},
    world::{
        cluster::{DownCause, Phase},
        workload::Tally,
    },
};

/// How good or bad it is; a screen may colour by it, the words say it by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something is on its way.
    Busy,
    /// Something is down.
    Bad,
    /// Nobody can say.
    Unknown,
}

/// What is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// How good or bad it is.
    pub tone: Tone,
    /// One or two short sentences.
    pub text: String,
}

impl World {
    /// The headline at `now`.
    pub fn headline(&self, now: Time) -> Headline {
        headline(self, now)
    }
}

fn headline(world: &World, now: Time) -> Headline {
    let (tone, text) = match world.phase(now) {
        Phase::Unknown => unknown(world),
        Phase::Up { .. } => up(world),
        Phase::Stopping { since } => (
            Tone::Busy,
            format!(
                "The control plane is going down ({} s): its API server closes first, its container lives on for 10 s. {}",
                (now - since).num_seconds().max(0),
                workload(world)
            ),
        ),
        Phase::Frozen { .. } => (
            Tone::Bad,
            format!(
                "The control plane is frozen: its port is open and nobody answers, so every call hangs. {}",
                workload(world)
            ),
        ),
        Phase::Starting { since } => (
            Tone::Busy,
            format!(
                "The control plane is coming back ({} s): etcd, then the API server, then the rest. {}",
                (now - since).num_seconds().max(0),
                workload(world)
            ),
        ),
        Phase::Down { cause, .. } => (Tone::Bad, down(world, cause)),
    };
    let text = match world.time_jumps.news(now) {
        Some(news) => format!("{news} {text}"),
        None => text,
    };
    Headline { tone, text }
}

/// Journals alone, as those of an incident, do not say what the control plane is; they say what its kubelets miss.
fn unknown(world: &World) -> (Tone, String) {
    match world.outage() {
        Some(_) => (
            Tone::Unknown,
            "The kubelets cannot coverage their API server; nobody else has said how the control plane is.".to_owned(),
        ),
        None => (Tone::Unknown, "Nobody can say how the control plane is yet.".to_owned()),
    }
}

fn up(world: &World) -> (Tone, String) {
    match world.outage() {
        // lines of a journal alone do not make an outage of a control plane that answers
        Some(outage) if outage.recovering() => {
            let renewed = outage.steps.leases.len();
            let nodes = world.nodes.iter().count();
            (
                Tone::Busy,
                format!(
                    "The API server answers again. The kubelets follow at their next try: {renewed} of {nodes} nodes have renewed their lease. {}",
                    workload(world)
                ),
            )
        }
        _ if let Some(error) = refused(world) => (Tone::Bad, format!("{error} {}", workload(world))),
        Some(outage) if outage.steps.asked.is_some() => {
            (Tone::Busy, format!("The engine was asked; the API server still answers. {}", workload(world)))
        }
        _ => match world.outages.past().next_back() {
            Some(last) if last.steps.readyz.is_some() => (
                Tone::Good,
                format!(
                    "All is back: the outage took {}. {}",
                    spoken(last.duration(now_or(world))),
                    tally_sentence(last.traffic_tally(), "in that time")
                ),
            ),
            _ if world.sources.iter().any(|(source, _)| !world.sources.is_live(source)) => {
                (Tone::Busy, format!("The control plane answers; not every source is heard. {}", workload(world)))
            }
            _ => (Tone::Good, format!("The control plane answers, and every source is heard. {}", workload(world))),
        },
    }
}

/// How long a fault that could not be done is the headline.
const REFUSED: chrono::Duration = chrono::Duration::seconds(60);

/// What became of a fault that could not be done; `None` if that is old news.
fn refused(world: &World) -> Option<String> {
    let (at, deed, error) = world.operator.failed()?;
    let recent = world.now - *at < REFUSED;
    (*deed != FaultAction::Restore && recent).then(|| format!("The control plane was not touched: {error}."))
}

fn now_or(world: &World) -> Time {
    world.now
}

fn down(world: &World, cause: DownCause) -> String {
    let what = match cause {
        DownCause::Exited(_) => {
            "The API server is gone, so nobody can mark a node NotReady, and nothing new can be made."
        }
        DownCause::Absent => "The control plane's container no longer exists.",
        DownCause::Detached => "The control plane runs, and no network leads to it: its name no longer resolves.",
        DownCause::Unhealthy => "The control plane's container runs, and its API server does not answer.",
    };
    let failed = world.operator.failed().filter(|(_, deed, _)| *deed == FaultAction::Restore);
    match failed {
        Some((_, _, error)) => format!("{what} Starting it failed: {error}"),
        None => match world.operator.in_progress().and_then(|deed| deed.retry.as_ref()) {
            Some(retry) => format!("{what} Starting it failed, and is tried again: {}", retry.error),
            None => format!("{what} {}", workload(world)),
        },
    }
}

/// What the workload did meanwhile: the proof that it needs no control plane to run.
fn workload(world: &World) -> String {
    match world.outage() {
        Some(outage) => tally_sentence(outage.traffic_tally(), "since"),
        None => tally_sentence(world.traffic.tally(), "so far"),
    }
}

fn tally_sentence(tally: Tally, when: &str) -> String {
    if tally.sent == 0 {
        return String::new();
    }
    format!("httpbin answered {} of {} probes {when}.", tally.answered, tally.sent)
}

/// `1 min 42 s`.
pub(super) fn spoken(duration: chrono::Duration) -> String {
    let seconds = duration.num_seconds().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}
