//! What went on inside the workers: which containers ran on, and which were started again.

use chrono::Duration;

use super::{Claim, Finding, claim, is_last, number, t_plus};
use crate::{
    observation::{NodeRole, RunState, RunningContainer, Time},
    world::{Outage, World, outage::WorkerContainers},
};

/// One claim for each worker.
pub(super) fn containers(outage: &Outage, world: &World) -> Vec<Claim> {
    let workers = world.nodes.iter().filter(|(_, node)| node.role == Some(NodeRole::Worker));
    workers
        .map(|(worker, node)| {
            let subject = format!("Running containers of {worker}");
            let engine = node.engine.as_ref().filter(|_| is_last(outage, world));
            let mut evidence: Vec<String> =
                engine.iter().map(|(_, state)| format!("engine: {worker} {}", word(state.state))).collect();
            let (finding, said) = match outage.probe_results.inside.get(worker) {
                Some(inside) if inside.looks.answered > 0 => {
                    evidence.extend(seen(outage, inside));
                    ran(inside)
                }
                Some(WorkerContainers { failed: Some(error), .. }) => {
                    (Finding::Unknown, format!("nobody could look inside: {error}"))
                }
                _ => (Finding::Unknown, "nobody looked inside during the outage".to_owned()),
            };
            claim(subject, finding, said, evidence)
        })
        .collect()
}

fn ran(inside: &WorkerContainers) -> (Finding, String) {
    let (before, ended) = (inside.before.len(), inside.ended.len());
    if ended == 0 {
        let looks = number(inside.looks.answered, "look");
        return (Finding::Worked, format!("{before} of {before} containers ran on, as seen in {looks}"));
    }
    let again = inside.ended.keys().filter(|container| inside.successor(container).is_some()).count();
    let finding = if ended == before && again == 0 { Finding::Failed } else { Finding::Partly };
    (finding, format!("{} of {before} containers ran on; of {ended} that ended, {again} started again", before - ended))
}

fn seen(outage: &Outage, inside: &WorkerContainers) -> Vec<String> {
    let mut evidence = Vec::new();
    if let Some((first, last)) = inside.span {
        evidence.push(format!(
            "crictl ps: {} of {} looks, {} to {}",
            inside.looks.answered,
            inside.looks.sent,
            t_plus(outage, first),
            t_plus(outage, last)
        ));
    }
    if let Some(error) = &inside.failed {
        evidence.push(format!("the last look that failed: {error}"));
    }
    evidence.extend(inside.before.iter().map(|container| match inside.ended.get(container) {
        None => format!("{} ran on", named(container)),
        Some(at) => format!("{} was gone at {}", named(container), t_plus(outage, *at)),
    }));
    evidence.extend(inside.begun.iter().map(|(new, at)| format!("{} ran at {}", named(new), t_plus(outage, *at))));
    evidence
}

fn named(container: &RunningContainer) -> String {
    let RunningContainer { pod, name, attempt, id } = container;
    format!("{id} {name} attempt {attempt} of {pod}")
}

fn word(state: RunState) -> String {
    format!("{state:?}").to_lowercase()
}

/// Whether a container that ended was started again: a kubelet needs no API server for that.
pub(super) fn restarts(outage: &Outage, world: &World, now: Time) -> Claim {
    let looks: u64 = outage.probe_results.inside.values().map(|inside| inside.looks.answered).sum();
    let (mut ended, mut again) = (0_u64, 0_u64);
    let mut evidence = Vec::new();
    for (worker, inside) in &outage.probe_results.inside {
        for (container, gone) in &inside.ended {
            ended += 1;
            let gone = t_plus(outage, *gone);
            evidence.push(match inside.successor(container) {
                Some((new, at)) => {
                    again += 1;
                    let at = t_plus(outage, at);
                    format!("{worker}: {} was gone at {gone}, {} ran at {at}", named(container), named(new))
                }
                None => format!("{worker}: {} was gone at {gone}, and nothing ran in its place", named(container)),
            });
        }
    }
    for (pod, restarted) in &outage.probe_results.restarted {
        let node = restarted.node.as_deref().unwrap_or("no node");
        evidence.push(format!("API: {pod} on {node}: {} more than before", number(restarted.by, "restart")));
    }
    let on_worker = |node: &Option<String>| {
        let node = node.as_deref().and_then(|name| world.nodes.get(name));
        node.is_some_and(|node| node.role == Some(NodeRole::Worker))
    };
    let counted: u32 =
        outage.probe_results.restarted.values().filter(|pod| on_worker(&pod.node)).map(|pod| pod.by).sum();
    let (finding, said) = match (looks, ended, again) {
        (_, 0, _) if counted > 0 => {
            let counted = number(counted, "restart");
            (Finding::Worked, format!("the API server counts {counted} on the workers that no look saw"))
        }
        (0, ..) => (Finding::Unknown, format!("nobody looked inside the workers; {}", api(outage, world, now))),
        (_, 0, _) => {
            let looks = number(looks, "look");
            (
                Finding::Unknown,
                format!("no container of a worker ended, as seen in {looks}: none had to be started again"),
            )
        }
        _ => {
            let finding = match again {
                again if again == ended => Finding::Worked,
                0 => Finding::Failed,
                _ => Finding::Partly,
            };
            let ended = number(ended, "container");
            (finding, format!("{ended} of the workers ended, and {again} started again without an API server"))
        }
    };
    claim("Restarts of pods", finding, said, evidence)
}

/// What the API server counts, and how old that is.
fn api(outage: &Outage, world: &World, now: Time) -> String {
    let Some(heard) = world.pods.iter().map(|pod| pod.heard).max() else {
        return "and no pod was ever listed".to_owned();
    };
    let age = (now - heard).max(Duration::zero()).num_seconds();
    let total: u64 = world.pods.iter().map(|pod| u64::from(pod.fact.restarts)).sum();
    let after = outage.steps.readyz.is_some_and(|ready| heard >= ready);
    let when = if after { "heard after the outage" } else { "last heard before it" };
    format!("the API server counts {total} restarts over {} pods, {when}, {age} s before this report", world.pods.len())
}
