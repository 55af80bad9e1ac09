//! What worked during an outage and what did not, each claim with what it rests on.

use chrono::Duration;
use serde::Serialize;

use super::{evidence, is_last, seconds};
use crate::{
    observation::{NodeRole, RunState, Time},
    world::{LaneId, Outage, Tally, World, traffic::Slot},
};

/// How it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It worked all the time.
    Worked,
    /// It worked some of the time.
    Partly,
    /// It did not work.
    Failed,
    /// Nobody asked.
    Unknown,
}

impl Finding {
    fn of(tally: Tally) -> Self {
        match tally {
            Tally { sent: 0, .. } => Self::Unknown,
            Tally { answered: 0, .. } => Self::Failed,
            Tally { answered, sent, .. } if answered == sent => Self::Worked,
            _ => Self::Partly,
        }
    }
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// What it is about.
    pub subject: String,
    /// How it was.
    pub finding: Finding,
    /// In words.
    pub said: String,
    /// What it rests on: raw lines and numbers.
    pub evidence: Vec<String>,
}

fn claim(subject: impl Into<String>, finding: Finding, said: impl Into<String>, evidence: Vec<String>) -> Claim {
    Claim { subject: subject.into(), finding, said: said.into(), evidence }
}

pub(super) fn claims(outage: &Outage, world: &World, now: Time) -> Vec<Claim> {
    let mut claims = vec![reads(outage), writes(outage, world), scheduling()];
    claims.extend(outage.traffic.iter().map(|(worker, tally)| node_port(outage, world, worker, *tally)));
    claims.push(containers(outage, world));
    claims.push(restarts(outage, world, now));
    claims
}

fn reads(outage: &Outage) -> Claim {
    let tally = outage.health;
    let failed = outage.steps.first_failed_check.map(|at| t_plus("first failed check", outage, at));
    let back = outage.steps.readyz.map(|at| t_plus("/readyz passes again", outage, at));
    let mut evidence = vec![counts("/readyz", tally)];
    evidence.extend(failed.into_iter().chain(back));
    claim(
        "API reads",
        Finding::of(tally),
        format!("{} of {} health checks passed", tally.answered, tally.sent),
        evidence,
    )
}

/// The kubelets themselves write: each renews its lease every 10 s.
fn writes(outage: &Outage, world: &World) -> Claim {
    let Some(lane) = outage.lanes.get(LaneId::Lease) else {
        return claim(
            "API writes",
            Finding::Unknown,
            "nobody wrote on purpose, and no kubelet complained that it could not",
            Vec::new(),
        );
    };
    let mut evidence = vec![format!(
        "lane lease: {} lines, {} failed renewals, T+{:.1} s to T+{:.1} s",
        lane.span.lines,
        lane.span.failures,
        seconds(lane.span.first - outage.began),
        seconds(lane.span.last - outage.began)
    )];
    evidence.extend(evidence::of_lane(outage, world, LaneId::Lease).iter().map(raw));
    claim("API writes", Finding::Failed, "the kubelets could not renew their leases", evidence)
}

fn scheduling() -> Claim {
    claim("Scheduling", Finding::Unknown, "no new pod was asked for, so nobody saw whether it would run", Vec::new())
}

fn node_port(outage: &Outage, world: &World, worker: &str, tally: Tally) -> Claim {
    let end = outage.ended.unwrap_or(world.now);
    let failed: Vec<&Slot> = world
        .traffic
        .get(worker)
        .into_iter()
        .flat_map(|traffic| &traffic.slots)
        .filter(|slot| !slot.answered() && slot.at >= outage.began && slot.at <= end)
        .collect();
    let mut evidence = vec![counts("GET through the NodePort", tally)];
    evidence.extend(
        failed.iter().take(3).map(|slot| {
            format!("slot {} at T+{:.1} s: {:?}", slot.slot, seconds(slot.at - outage.began), slot.outcome)
        }),
    );
    let said = format!("{} of {} requests answered", tally.answered, tally.sent);
    claim(format!("NodePort of {worker}"), Finding::of(tally), said, evidence)
}

/// What the engine says of the workers. What runs inside them only `crictl` would know, and nobody asked it.
fn containers(outage: &Outage, world: &World) -> Claim {
    let states: Vec<(&str, RunState)> = world
        .nodes
        .iter()
        .filter(|(_, node)| node.role == Some(NodeRole::Worker))
        .filter_map(|(name, node)| Some((name, node.engine.as_ref()?.1.state)))
        .collect();
    let subject = "Running containers";
    if states.is_empty() || !is_last(outage, world) {
        return claim(subject, Finding::Unknown, "nobody asked inside the workers", Vec::new());
    }
    let running = states.iter().filter(|(_, state)| *state == RunState::Running).count();
    let tally = Tally { answered: running as u64, sent: states.len() as u64, missed: 0 };
    let evidence = states.iter().map(|(name, state)| format!("engine: {name} {}", word(*state))).collect();
    let said = format!("{running} of {} workers ran, says the engine; nobody asked inside them", states.len());
    claim(subject, Finding::of(tally), said, evidence)
}

fn word(state: RunState) -> String {
    format!("{state:?}").to_lowercase()
}

fn restarts(outage: &Outage, world: &World, now: Time) -> Claim {
    let subject = "Restarts of pods";
    let newest = world.pods.iter().map(|pod| pod.heard).max();
    let fresh = outage.steps.readyz.is_some_and(|ready| newest.is_some_and(|heard| heard >= ready));
    let total: u32 = world.pods.iter().map(|pod| pod.fact.restarts).sum();
    let evidence: Vec<String> = world
        .pods
        .iter()
        .filter(|pod| pod.fact.restarts > 0)
        .map(|pod| format!("{}: {} restarts, {}", pod.fact.key(), pod.fact.restarts, pod.fact.status))
        .collect();
    match newest {
        _ if world.pods.is_empty() => claim(subject, Finding::Unknown, "no pod was ever listed", evidence),
        Some(heard) => {
            let age = (now - heard).max(Duration::zero()).num_seconds();
            let when = if fresh { "heard after the outage" } else { "last heard before it" };
            let said = format!(
                "{total} restarts over {} pods since they were made, {when}, {age} s before this report",
                world.pods.len()
            );
            claim(subject, Finding::Unknown, said, evidence)
        }
        None => claim(subject, Finding::Unknown, "no pod was ever listed", evidence),
    }
}

fn t_plus(what: &str, outage: &Outage, at: Time) -> String {
    format!("{what}: T+{:.1} s", seconds(at - outage.began))
}

fn counts(what: &str, tally: Tally) -> String {
    let Tally { answered, sent, missed } = tally;
    match missed {
        0 => format!("{what}: {answered} of {sent} answered"),
        _ => format!("{what}: {answered} of {sent} answered, {missed} slots unknown"),
    }
}

fn raw(line: &super::RawLine) -> String {
    format!("{} {} {}", line.at.format("%H:%M:%S%.3f"), line.worker, line.text)
}
