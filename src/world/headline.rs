//! The headline: one or two sentences about what is going on, large enough for the back row.
//!
//! The text alone shows how good or bad it is; [`Tone`] lets a screen color it.

use chrono::Duration;

use super::fold::World;
use crate::{
    observation::{FaultAction, Time},
    units,
    world::{
        cluster::{DownCause, Phase},
        outage::Outage,
        workload::Tally,
    },
};

/// Time for which a fault that could not be done stays the headline.
const REFUSAL_SHOWN: Duration = Duration::seconds(60);

/// How good or bad the headline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The control plane answers, and nothing is in progress.
    Good,
    /// A fault, a start or a recovery is in progress.
    Busy,
    /// The control plane is down, or a fault could not be done.
    Bad,
    /// No data, or none that is fresh.
    Unknown,
}

/// The headline at one moment.
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
        let (tone, text) = match self.phase(now) {
            Phase::Unknown => unknown(self),
            Phase::Up { .. } => up(self),
            Phase::Stopping { since } => (Tone::Busy, stopping(self, now - since)),
            Phase::Paused { .. } => (Tone::Bad, paused(self)),
            Phase::Starting { since } => (Tone::Busy, starting(self, now - since)),
            Phase::Down { cause, .. } => (Tone::Bad, down(self, cause)),
        };
        let text = match self.time_jumps.sentence(now) {
            Some(jump) => format!("{jump} {text}"),
            None => text,
        };
        Headline { tone, text }
    }
}

/// Journals alone, as those of an incident, show only that the kubelets miss the API server.
fn unknown(world: &World) -> (Tone, String) {
    let text = match world.outage() {
        Some(_) => "The kubelets cannot reach their API server. There is no other data about the control plane.",
        None => "No data about the control plane yet.",
    };
    (Tone::Unknown, text.to_owned())
}

fn up(world: &World) -> (Tone, String) {
    let workload = workload(world);
    match world.outage() {
        // journal lines alone make no outage of a control plane that answers
        Some(outage) if outage.recovering() => {
            let renewed = outage.leases().map_or(0, |leases| leases.len());
            let nodes = world.nodes.iter().count();
            let waits = waits_for(world, outage);
            let text =
                format!("The API server answers again. {renewed} of {nodes} node leases renewed; {waits}. {workload}");
            (Tone::Busy, text)
        }
        _ if let Some(error) = refused_fault(world) => (Tone::Bad, format!("{error} {workload}")),
        Some(outage) if outage.steps().fault_requested.is_some() => {
            (Tone::Busy, format!("The fault was requested; the API server still answers. {workload}"))
        }
        _ => match world.outages.past().next_back() {
            Some(last) if let Some(api_down) = last.api_down() => (Tone::Good, recovered(last, api_down)),
            _ if world.sources.iter().any(|(source, _)| !world.sources.is_live(source)) => {
                (Tone::Busy, format!("The control plane answers; not all data sources are live. {workload}"))
            }
            _ => (Tone::Good, format!("The control plane answers; all data sources live. {workload}")),
        },
    }
}

/// The condition that the end of a recovery waits for.
fn waits_for(world: &World, outage: &Outage) -> String {
    let cluster = world.cluster.as_ref().map_or("", |cluster| cluster.name.as_str());
    let short = |name| str::strip_prefix(name, cluster).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
    let missing = world.nodes.missing(outage.renewals_since(), world.outages.nodes_away());
    let missing: Vec<&str> = missing.into_iter().map(short).collect();
    match missing[..] {
        [] => "waiting for the kubelets' journals to be quiet".to_owned(),
        [first, second, third, _, ..] => {
            format!(
                "waiting for {first}, {second}, {third} and {}",
                units::count((missing.len() - 3) as u64, "more node")
            )
        }
        _ => format!("waiting for {}", missing.join(", ")),
    }
}

fn recovered(last: &Outage, api_down: Duration) -> String {
    let api = units::duration(api_down);
    let requests = requests(last.traffic_tally(), "in that time");
    match last.until_nodes_ready() {
        Some(nodes) => {
            format!("Recovered: API down {api}, all nodes Ready after {}. {requests}", units::duration(nodes))
        }
        None => format!("The control plane answers: API down {api}; not all nodes came back. {requests}"),
    }
}

/// Sentence about a fault that could not be done in the last minute. `None` if there was none.
fn refused_fault(world: &World) -> Option<String> {
    let (at, action, error) = world.operator.failed()?;
    let recent = world.now - *at < REFUSAL_SHOWN;
    (*action != FaultAction::Restore && recent).then(|| format!("The control plane was not touched: {error}."))
}

fn stopping(world: &World, for_time: Duration) -> String {
    format!(
        "The control plane is going down ({} s): its API server closes first, the container has 10 s of grace. {}",
        for_time.num_seconds().max(0),
        workload(world)
    )
}

fn paused(world: &World) -> String {
    format!(
        "The control plane is paused: its port is open and nothing answers, so every call hangs. {}",
        workload(world)
    )
}

fn starting(world: &World, for_time: Duration) -> String {
    format!(
        "The control plane is coming back ({} s): etcd, then the API server, then the rest. {}",
        for_time.num_seconds().max(0),
        workload(world)
    )
}

fn down(world: &World, cause: DownCause) -> String {
    let what = match cause {
        DownCause::Exited(_) => {
            "The API server is down: no node can be marked NotReady, and nothing can be created, scheduled or scaled."
        }
        DownCause::Absent => "The control plane's container does not exist.",
        DownCause::Detached => "The control plane runs without a network: its name no longer resolves.",
        DownCause::Unhealthy => "The control plane's container runs, and its API server does not answer.",
    };
    let failed = world.operator.failed().filter(|(_, action, _)| *action == FaultAction::Restore);
    match failed {
        Some((_, _, error)) => format!("{what} Starting it failed: {error}"),
        None => match world.operator.in_progress().and_then(|action| action.retry.as_ref()) {
            Some(retry) => format!("{what} Starting it failed and will be retried: {}", retry.error),
            None => format!("{what} {}", workload(world)),
        },
    }
}

/// Sentence about the workload during the outage, or so far: it needs no control plane to run.
fn workload(world: &World) -> String {
    match world.outage() {
        Some(outage) => requests(outage.traffic_tally(), "since"),
        None => requests(world.traffic.tally(), "so far"),
    }
}

fn requests(tally: Tally, when: &str) -> String {
    if tally.sent == 0 {
        return String::new();
    }
    format!("httpbin answered {} of {} {} {when}.", tally.answered, tally.sent, units::plural(tally.sent, "request"))
}
