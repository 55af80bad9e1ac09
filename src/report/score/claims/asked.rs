//! What the API server was asked beside its health: to take a write, and whether its scheduler leads.

use chrono::Duration;

use super::{Claim, Finding, away, claim, counts, outcome, raw, t_plus};
use crate::{
    report::score::{evidence, is_last, seconds},
    world::{
        LaneId, Outage, World,
        outage::{SchedulerLease, WriteResults},
    },
};

/// A leader that has not renewed its lease for so long has lost it (`--leader-elect-lease-duration`, 15 s by default).
const LEASE: Duration = Duration::seconds(15);

/// What is asked about.
const SCHEDULER: &str = "lease kube-system/kube-scheduler";

pub(super) fn writes(outage: &Outage, world: &World) -> Claim {
    const SUBJECT: &str = "API writes";
    let WriteResults { tally, refused, failed, last_failed, back } = &outage.probe_results.writes;
    let mut evidence = Vec::new();
    if tally.sent + tally.missed > 0 {
        evidence.push(counts("POST configmaps?dryRun=All", *tally));
    }
    if let Some((at, how)) = failed {
        evidence.push(format!("the first that failed: {}, {}", t_plus(outage, *at), outcome(how)));
    }
    evidence.extend(last_failed.map(|at| format!("the last that failed: {}", t_plus(outage, at))));
    evidence.extend(back.map(|at| format!("the first that was taken after that: {}", t_plus(outage, at))));
    // the kubelets write, too: each renews its lease every 10 s
    let lease = outage.lanes.get(LaneId::Lease);
    if let Some(lane) = lease {
        evidence.push(format!(
            "lane lease: {} lines, {} failed renewals, {} to {}",
            lane.span.lines,
            lane.span.failures,
            t_plus(outage, lane.span.first),
            t_plus(outage, lane.span.last)
        ));
        evidence.extend(evidence::of_lane(outage, world, LaneId::Lease).iter().map(raw));
    }
    if tally.sent > 0 {
        let away = away(outage, failed.as_ref().map(|(at, _)| *at), *back);
        let said = format!("{} of {} dry runs of a write were taken{away}", tally.answered, tally.sent);
        return claim(SUBJECT, Finding::of(*tally), said, evidence);
    }
    match (refused, lease) {
        (_, Some(_)) => claim(SUBJECT, Finding::Failed, "the kubelets could not renew their leases", evidence),
        (Some(status), None) => {
            let said = format!("this user may not even try a write out (HTTP {status})");
            claim(SUBJECT, Finding::Unknown, said, evidence)
        }
        (None, None) => {
            let said = "nobody tried a write out, and no kubelet complained that it could not";
            claim(SUBJECT, Finding::Unknown, said, evidence)
        }
    }
}

/// A scheduler that does not lead places nothing.
pub(super) fn scheduling(outage: &Outage, world: &World) -> Claim {
    let SchedulerLease { last, still, back, status } = outage.probe_results.scheduler;
    // nobody answers meanwhile: what was seen before it is the last that is known
    let last = last.or(world.latest_probes.scheduler.filter(|_| back.is_none() && is_last(outage, world)));
    let t = |at| t_plus(outage, at);
    let mut evidence = Vec::new();
    evidence.extend(last.map(|at| match still {
        Some(_) => format!("{SCHEDULER}, renewed last: {}", t(at)),
        None => format!("{SCHEDULER}, last seen to be renewed: {}", t(at)),
    }));
    evidence.extend(still.map(|at| format!("{SCHEDULER}, not renewed yet: {}", t(at))));
    evidence.extend(back.map(|at| format!("{SCHEDULER}, renewed again: {}", t(at))));
    // only an answer after the outage tells the very last renewal; before it somebody looks every quarter of a minute
    let from = last.map(|last| if still.is_some() { last } else { last.max(outage.began) });
    let (finding, said) = match (from, back, still) {
        (Some(from), Some(back), _) if back - from > LEASE => {
            let at_least = if still.is_some() { "" } else { "at least " };
            let gap = seconds(back - from);
            let said = format!(
                "the scheduler did not lead for {at_least}{gap:.1} s, from {} to {}: it placed nothing",
                t(from),
                t(back)
            );
            (Finding::Failed, said)
        }
        (Some(_), Some(_), _) => {
            (Finding::Unknown, "the scheduler kept its lease, and no new pod was there to be placed".to_owned())
        }
        (Some(from), None, Some(still)) if still - from > LEASE => {
            let said = format!(
                "the scheduler has not led since {}, and did not yet at {}: it placed nothing",
                t(from),
                t(still)
            );
            (Finding::Failed, said)
        }
        (Some(_), None, _) => {
            let last = last.map(t).unwrap_or_default();
            let said = format!("the scheduler was last seen to lead at {last}; nobody could see it since");
            (Finding::Unknown, said)
        }
        (None, Some(_), _) => {
            (Finding::Unknown, "the scheduler leads again; how long it did not, nobody saw".to_owned())
        }
        (None, None, _) => match status {
            Some(status) => (Finding::Unknown, format!("the scheduler's lease cannot be read (HTTP {status})")),
            None => {
                let said = "nobody asked for the scheduler's lease, and no new pod was there to be placed";
                (Finding::Unknown, said.to_owned())
            }
        },
    };
    claim("Scheduling", finding, said, evidence)
}
