//! What worked during an outage and what did not, each claim with what it rests on.
//!
//! What nobody asked, or could not ask, is unknown, and the claim says why.

mod asked;
mod workers;

use serde::Serialize;

use super::{is_last, seconds};
use crate::{
    observation::{ProbeError, ProbeOutcome, Time},
    world::{Outage, Tally, TrafficSlot, World},
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
    /// Nobody could see.
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
    let mut claims = vec![reads(outage), asked::writes(outage, world), asked::scheduling(outage, world)];
    claims.extend(outage.traffic.iter().map(|(worker, tally)| node_port(outage, world, worker, *tally)));
    claims.extend(workers::containers(outage, world));
    claims.push(workers::restarts(outage, world, now));
    claims
}

fn reads(outage: &Outage) -> Claim {
    let tally = outage.health;
    let (failed, back) = (outage.steps.first_failed_check, outage.steps.readyz);
    let mut evidence = vec![counts("GET /readyz", tally)];
    evidence.extend(failed.map(|at| format!("the first that failed: {}", t_plus(outage, at))));
    evidence.extend(back.map(|at| format!("the first that passed after that: {}", t_plus(outage, at))));
    let said = format!("{} of {} health checks passed{}", tally.answered, tally.sent, away(outage, failed, back));
    claim("API reads", Finding::of(tally), said, evidence)
}

/// From when to when something did not work.
fn away(outage: &Outage, failed: Option<Time>, back: Option<Time>) -> String {
    match (failed, back) {
        (Some(failed), Some(back)) => {
            format!(", none from {} to {}", t_plus(outage, failed), t_plus(outage, back))
        }
        (Some(failed), None) => format!(", none since {}", t_plus(outage, failed)),
        (None, _) => String::new(),
    }
}

fn node_port(outage: &Outage, world: &World, worker: &str, tally: Tally) -> Claim {
    let end = outage.ended.unwrap_or(world.now);
    let failed: Vec<&TrafficSlot> = world
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

/// A moment of an outage; before it began where negative.
fn t_plus(outage: &Outage, at: Time) -> String {
    format!("T{:+.1} s", seconds(at - outage.began))
}

/// So many of something.
fn number(count: impl Into<u64>, what: &str) -> String {
    match count.into() {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// What a request met, in a word or two.
fn outcome(outcome: &ProbeOutcome) -> String {
    let word = match outcome {
        ProbeOutcome::Ok => "taken",
        ProbeOutcome::Status(status) => return format!("HTTP {status}"),
        ProbeOutcome::Failed(error) => match error {
            ProbeError::Refused => "connection refused",
            ProbeError::Reset => "connection reset",
            ProbeError::Eof => "closed without an answer",
            ProbeError::Timeout => "no answer in time",
            ProbeError::Tls => "TLS failed",
            ProbeError::Dns => "name not found",
            ProbeError::Unreachable => "unreachable",
            ProbeError::Other => "failed",
        },
    };
    word.to_owned()
}

fn counts(what: &str, tally: Tally) -> String {
    let Tally { answered, sent, missed } = tally;
    match missed {
        0 => format!("{what}: {answered} of {sent} answered"),
        _ => format!("{what}: {answered} of {sent} answered, {} unknown", number(missed, "slot")),
    }
}

fn raw(line: &super::EvidenceLine) -> String {
    format!("{} {} {}", line.at.format("%H:%M:%S%.3f"), line.worker, line.text)
}

#[cfg(test)]
mod tests;
