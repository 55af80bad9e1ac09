//! What the API server was asked beside its health: to take a write, and whether its scheduler leads.

use chrono::Duration;

use super::{Claim, Finding, away, claim, counts, outcome, raw, t_plus};
use crate::{
    report::score::{evidence, is_last, seconds},
    world::{
        LaneId, Outage, World,
        inquiry::{Scheduler, Writes},
    },
};

/// A leader that has not renewed its lease for so long has lost it (`--leader-elect-lease-duration`, 15 s by default).
const LEASE: Duration = Duration::seconds(15);

pub(super) fn writes(outage: &Outage, world: &World) -> Claim {
    const SUBJECT: &str = "API writes";
    let Writes { tally, refused, failed, last_failed, back } = &outage.inquiry.writes;
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
    let Scheduler { last, back, status } = outage.inquiry.scheduler;
    // nobody answers meanwhile: what was seen before it is the last that is known
    let last = last.or(world.known.scheduler.filter(|_| back.is_none() && is_last(outage, world)));
    let renewed = |when: &str, at| format!("lease kube-system/kube-scheduler, renewed {when}: {}", t_plus(outage, at));
    let mut evidence = Vec::new();
    evidence.extend(last.map(|at| renewed("last", at)));
    evidence.extend(back.map(|at| renewed("again", at)));
    let (finding, said) = match (last, back, status) {
        (Some(last), Some(back), _) if back - last > LEASE => {
            let gap = seconds(back - last);
            let (from, to) = (t_plus(outage, last), t_plus(outage, back));
            (
                Finding::Failed,
                format!("the scheduler did not lead for {gap:.1} s, from {from} to {to}: it placed nothing"),
            )
        }
        (Some(_), Some(_), _) => {
            (Finding::Unknown, "the scheduler kept its lease, and no new pod was there to be placed".to_owned())
        }
        (Some(last), None, _) => {
            let last = t_plus(outage, last);
            let said = format!(
                "the scheduler last renewed its lease at {last}; nobody has seen it lead since, and its lease lives in \
                 the API server"
            );
            (Finding::Unknown, said)
        }
        (None, Some(_), _) => {
            (Finding::Unknown, "the scheduler leads again; how long it did not, nobody saw".to_owned())
        }
        (None, None, Some(status)) => {
            (Finding::Unknown, format!("the scheduler's lease cannot be read (HTTP {status})"))
        }
        (None, None, None) => (
            Finding::Unknown,
            "nobody asked for the scheduler's lease, and no new pod was there to be placed".to_owned(),
        ),
    };
    claim("Scheduling", finding, said, evidence)
}
