//! Blackout's own probes of the API server other than health checks: a dry run of a write, and the scheduler's lease.

use chrono::Duration;

use super::claim::{Claim, Finding, counts, none_between, outcome, raw};
use crate::{
    observation::Time,
    report::score::{
        evidence,
        moments::{is_newest, t_plus},
    },
    units::seconds,
    world::{
        LaneId, Outage, World,
        outage::{SchedulerLease, WriteResults},
    },
};

/// Time after which a leader that has not renewed its lease has lost it (`--leader-elect-lease-duration`, 15 s by
/// default).
const LEASE_DURATION: Duration = Duration::seconds(15);

/// Namespace and name of the lease by which the scheduler leads.
const SCHEDULER: &str = "lease kube-system/kube-scheduler";

/// Whether the API server accepted writes: by dry runs, or else by the kubelets' own leases.
pub(super) fn writes(outage: &Outage, world: &World) -> Claim {
    let WriteResults { tally, forbidden, first_failed, back, .. } = &outage.probe_results.writes;
    let lease = outage.lanes.get(LaneId::Lease);
    let (finding, statement) = if tally.sent > 0 {
        let none = none_between(outage, first_failed.as_ref().map(|(at, _)| *at), *back);
        (Finding::of(*tally), format!("{} of {} dry runs of a write accepted{none}", tally.answered, tally.sent))
    } else {
        match (forbidden, lease) {
            (_, Some(_)) => (Finding::Failed, "the kubelets could not renew their leases".to_owned()),
            (Some(status), None) => {
                (Finding::Unknown, format!("this user may not send a dry run of a write (HTTP {status})"))
            }
            (None, None) => {
                (Finding::Unknown, "no dry run of a write was sent, and no kubelet reported a failed write".to_owned())
            }
        }
    };
    Claim { subject: "API writes".to_owned(), finding, statement, evidence: writes_evidence(outage, world) }
}

fn writes_evidence(outage: &Outage, world: &World) -> Vec<String> {
    let WriteResults { tally, first_failed, last_failed, back, .. } = &outage.probe_results.writes;
    let mut lines = Vec::new();
    if tally.sent + tally.missed > 0 {
        lines.push(counts("POST configmaps?dryRun=All", *tally));
    }
    if let Some((at, how)) = first_failed {
        lines.push(format!("first failure: {}, {}", t_plus(outage, *at), outcome(how)));
    }
    lines.extend(last_failed.map(|at| format!("last failure: {}", t_plus(outage, at))));
    lines.extend(back.map(|at| format!("first accepted after that: {}", t_plus(outage, at))));
    // a kubelet renews its lease every 10 s, which is a write
    if let Some(lane) = outage.lanes.get(LaneId::Lease) {
        lines.push(format!(
            "lane lease: {} lines, {} failed renewals, {} to {}",
            lane.span.lines,
            lane.span.failures,
            t_plus(outage, lane.span.first),
            t_plus(outage, lane.span.last)
        ));
        lines.extend(evidence::of_lane(outage, world, LaneId::Lease).iter().map(raw));
    }
    lines
}

/// Whether the scheduler led: without a leader no pod is scheduled.
pub(super) fn scheduling(outage: &Outage, world: &World) -> Claim {
    let lease = &outage.probe_results.scheduler;
    // until the API server is back, the last renewal seen before the outage is the last known
    let before = world.latest_probes.scheduler.filter(|_| lease.back.is_none() && is_newest(outage, world));
    let last = lease.last.or(before);
    let t = |at| t_plus(outage, at);
    let mut evidence = Vec::new();
    evidence.extend(last.map(|at| match lease.not_yet {
        Some(_) => format!("{SCHEDULER}, last renewed: {}", t(at)),
        None => format!("{SCHEDULER}, last seen renewed: {}", t(at)),
    }));
    evidence.extend(lease.not_yet.map(|at| format!("{SCHEDULER}, not renewed yet: {}", t(at))));
    evidence.extend(lease.back.map(|at| format!("{SCHEDULER}, renewed again: {}", t(at))));
    let (finding, statement) = leading(outage, lease, last);
    Claim { subject: "Scheduling".to_owned(), finding, statement, evidence }
}

/// Finding and statement for the scheduler, given the last renewal that is known from before.
fn leading(outage: &Outage, lease: &SchedulerLease, last: Option<Time>) -> (Finding, String) {
    let SchedulerLease { not_yet, back, status, .. } = *lease;
    let t = |at| t_plus(outage, at);
    // a stale lease read after the outage gives the exact last renewal; the probes before it are up to 15 s apart
    let from = last.map(|last| if not_yet.is_some() { last } else { last.max(outage.began) });
    match (from, back, not_yet) {
        (Some(from), Some(back), _) if back - from > LEASE_DURATION => {
            let at_least = if not_yet.is_some() { "" } else { "at least " };
            let (gap, from, back) = (seconds(back - from), t(from), t(back));
            let statement = format!(
                "the scheduler did not renew its lease for {at_least}{gap:.1} s, from {from} to {back}: \
                 no pod was scheduled"
            );
            (Finding::Failed, statement)
        }
        (Some(_), Some(_), _) => {
            (Finding::Unknown, "the scheduler kept its lease; scheduling itself was not tested".to_owned())
        }
        (Some(from), None, Some(not_yet)) if not_yet - from > LEASE_DURATION => {
            let (from, not_yet) = (t(from), t(not_yet));
            let statement = format!(
                "the scheduler has not renewed its lease since {from}, and still had not at {not_yet}: \
                 no pod was scheduled"
            );
            (Finding::Failed, statement)
        }
        (Some(_), None, _) => {
            let last = last.map(t).unwrap_or_default();
            (Finding::Unknown, format!("the scheduler was last seen leading at {last}; not observed since"))
        }
        (None, Some(_), _) => {
            (Finding::Unknown, "the scheduler leads again; when it stopped leading was not seen".to_owned())
        }
        (None, None, _) => match status {
            Some(status) => (Finding::Unknown, format!("the scheduler's lease cannot be read (HTTP {status})")),
            None => {
                let statement = "the scheduler's lease was not read; scheduling was not tested";
                (Finding::Unknown, statement.to_owned())
            }
        },
    }
}
