//! The containers inside the workers: which kept running, and which were started again.

use chrono::Duration;

use super::claim::{Claim, Finding};
use crate::{
    observation::{NodeRole, RunState, RunningContainer, Time},
    report::score::moments::{is_newest, t_plus},
    units,
    world::{Outage, World, outage::WorkerContainers},
};

/// Whether the containers of each worker kept running.
pub(super) fn running(outage: &Outage, world: &World) -> Vec<Claim> {
    let workers = world.nodes.iter().filter(|(_, node)| node.role == Some(NodeRole::Worker));
    workers
        .map(|(worker, node)| {
            let engine = node.engine.as_ref().filter(|_| is_newest(outage, world));
            let mut evidence: Vec<String> =
                engine.iter().map(|(_, state)| format!("engine: {worker} {}", state_word(state.state))).collect();
            let (finding, statement) = match outage.probe_results.containers.get(worker) {
                Some(containers) if containers.inspections.answered > 0 => {
                    evidence.extend(inspected(outage, containers));
                    kept_running(containers)
                }
                Some(WorkerContainers { error: Some(error), .. }) => {
                    (Finding::Unknown, format!("containers could not be listed: {error}"))
                }
                _ => (Finding::Unknown, "containers were not listed during the outage".to_owned()),
            };
            Claim { subject: format!("Running containers of {worker}"), finding, statement, evidence }
        })
        .collect()
}

fn kept_running(containers: &WorkerContainers) -> (Finding, String) {
    let (before, ended) = (containers.before.len(), containers.ended.len());
    if ended == 0 {
        let checks = units::count(containers.inspections.answered, "check");
        return (Finding::Worked, format!("{before} of {before} containers kept running, in {checks}"));
    }
    let again = containers.ended.keys().filter(|container| containers.successor(container).is_some()).count();
    let finding = if ended == before && again == 0 { Finding::Failed } else { Finding::Partly };
    let kept = before - ended;
    (finding, format!("{kept} of {before} containers kept running; of {ended} that ended, {again} started again"))
}

fn inspected(outage: &Outage, containers: &WorkerContainers) -> Vec<String> {
    let mut evidence = Vec::new();
    if let Some((first, last)) = containers.span {
        evidence.push(format!(
            "crictl ps: {} of {} checks, {} to {}",
            containers.inspections.answered,
            containers.inspections.sent,
            t_plus(outage, first),
            t_plus(outage, last)
        ));
    }
    if let Some(error) = &containers.error {
        evidence.push(format!("last failed check: {error}"));
    }
    evidence.extend(containers.before.iter().map(|container| match containers.ended.get(container) {
        None => format!("{} kept running", named(container)),
        Some(at) => format!("{} was gone at {}", named(container), t_plus(outage, *at)),
    }));
    let started = containers.started.iter();
    evidence.extend(started.map(|(new, at)| format!("{} ran at {}", named(new), t_plus(outage, *at))));
    evidence
}

fn named(container: &RunningContainer) -> String {
    let RunningContainer { pod, name, attempt, id } = container;
    format!("{id} {name} attempt {attempt} of {pod}")
}

fn state_word(state: RunState) -> String {
    format!("{state:?}").to_lowercase()
}

/// Whether containers that ended were started again, for which a kubelet needs no API server.
pub(super) fn restarts(outage: &Outage, world: &World, now: Time) -> Claim {
    let checks: u64 = outage.probe_results.containers.values().map(|worker| worker.inspections.answered).sum();
    let mut evidence = Vec::new();
    let (ended, again) = replaced(outage, &mut evidence);
    let counted = counted_on_workers(outage, world, &mut evidence);
    let (finding, statement) = match (checks, ended) {
        (_, 0) if counted > 0 => {
            let counted = units::count(counted, "restart");
            (Finding::Worked, format!("the API server counts {counted} on the workers that no check saw"))
        }
        (0, _) => {
            (Finding::Unknown, format!("the workers' containers were not listed; {}", api_count(outage, world, now)))
        }
        (_, 0) => {
            let checks = units::count(checks, "check");
            (Finding::Unknown, format!("no container of a worker ended, in {checks}: none had to be started again"))
        }
        _ => {
            let finding = match again {
                again if again == ended => Finding::Worked,
                0 => Finding::Failed,
                _ => Finding::Partly,
            };
            let ended = units::count(ended, "container");
            (finding, format!("{ended} of the workers ended, {again} started again without an API server"))
        }
    };
    Claim { subject: "Restarts of pods".to_owned(), finding, statement, evidence }
}

/// Number of containers that ended, and of those that were started again.
fn replaced(outage: &Outage, evidence: &mut Vec<String>) -> (u64, u64) {
    let (mut ended, mut again) = (0, 0);
    for (worker, containers) in &outage.probe_results.containers {
        for (container, gone) in &containers.ended {
            ended += 1;
            let (old, gone) = (named(container), t_plus(outage, *gone));
            evidence.push(match containers.successor(container) {
                Some((new, at)) => {
                    again += 1;
                    format!("{worker}: {old} was gone at {gone}, {} ran at {}", named(new), t_plus(outage, at))
                }
                None => format!("{worker}: {old} was gone at {gone}, and nothing replaced it"),
            });
        }
    }
    (ended, again)
}

/// Number of restarts that the API server counts on workers.
fn counted_on_workers(outage: &Outage, world: &World, evidence: &mut Vec<String>) -> u64 {
    let mut counted = 0;
    for (pod, restarts) in &outage.probe_results.restarted {
        let node = restarts.node.as_deref().unwrap_or("no node");
        let by = units::count(restarts.by.into(), "restart");
        evidence.push(format!("API: {pod} on {node}: {by} more than before"));
        if world.nodes.get(node).is_some_and(|node| node.role == Some(NodeRole::Worker)) {
            counted += u64::from(restarts.by);
        }
    }
    counted
}

/// The API server's count of restarts, with its age.
fn api_count(outage: &Outage, world: &World, now: Time) -> String {
    let Some(reported) = world.pods.iter().map(|pod| pod.reported).max() else {
        return "and no pod was ever listed".to_owned();
    };
    let age = units::duration((now - reported).max(Duration::zero()));
    let total: u64 = world.pods.iter().map(|pod| u64::from(pod.fact.restarts)).sum();
    let after = outage.steps().readyz.is_some_and(|ready| reported >= ready);
    let when = if after { "updated after the outage" } else { "last updated before it" };
    let (restarts, pods) = (units::count(total, "restart"), units::count(world.pods.len() as u64, "pod"));
    format!("the API server counts {restarts} over {pods}, {when}, {age} before this report")
}
