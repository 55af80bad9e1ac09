//! Requests on a fixed clock: `/readyz`, and httpbin through each worker's NodePort.

use super::claim::{Claim, Finding, counts, none_between};
use crate::{
    report::score::moments::t_plus,
    world::{Outage, Tally, TrafficSlot, World},
};

/// Failed slots that are listed as evidence.
const FAILED_SLOTS: usize = 3;

/// Whether the API server answered reads.
pub(super) fn reads(outage: &Outage) -> Claim {
    let tally = outage.health;
    let steps = outage.steps();
    let (failed, back) = (steps.first_failed_check, steps.readyz);
    let mut evidence = vec![counts("GET /readyz", tally)];
    evidence.extend(failed.map(|at| format!("first failure: {}", t_plus(outage, at))));
    evidence.extend(back.map(|at| format!("first pass after that: {}", t_plus(outage, at))));
    let passed = format!("{} of {} health checks passed", tally.answered, tally.sent);
    Claim {
        subject: "API reads".to_owned(),
        finding: Finding::of(tally),
        statement: passed + &none_between(outage, failed, back),
        evidence,
    }
}

/// Whether the workload answered through each worker's NodePort.
pub(super) fn node_ports(outage: &Outage, world: &World) -> impl Iterator<Item = Claim> {
    outage.traffic.iter().map(|(worker, tally)| node_port(outage, world, worker, *tally))
}

fn node_port(outage: &Outage, world: &World, worker: &str, tally: Tally) -> Claim {
    let end = outage.ended().unwrap_or(world.now);
    let in_outage = |slot: &&TrafficSlot| slot.at >= outage.began && slot.at <= end;
    let slots = world.traffic.get(worker).into_iter().flat_map(|traffic| &traffic.slots);
    let failed = slots.filter(|slot| !slot.answered()).filter(in_outage);
    let mut evidence = vec![counts("GET through the NodePort", tally)];
    evidence.extend(
        failed
            .take(FAILED_SLOTS)
            .map(|slot| format!("slot {} at {}: {:?}", slot.slot, t_plus(outage, slot.at), slot.outcome)),
    );
    Claim {
        subject: format!("NodePort of {worker}"),
        finding: Finding::of(tally),
        statement: format!("{} of {} requests answered", tally.answered, tally.sent),
        evidence,
    }
}
