//! The columns STATUS, READY and RESTARTS of `kubectl get pods`, by the rules of `printPod` in Kubernetes'
//! `pkg/printers/internalversion`: the status is neither the phase nor any other field. Pure.

use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated, ContainerStatus, Pod, PodStatus};

/// One line of `kubectl get pods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodSummary {
    pub(super) status: String,
    pub(super) ready: u32,
    pub(super) containers: u32,
    pub(super) restarts: u32,
}

/// Summarizes a pod as `kubectl get pods` does.
pub(super) fn summarize(pod: &Pod) -> PodSummary {
    let unknown = PodStatus::default();
    let status = pod.status.as_ref().unwrap_or(&unknown);
    let spec = pod.spec.as_ref();
    let init = spec.and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default();
    let sidecars = init.iter().filter(|container| is_sidecar(container)).count();
    let containers = spec.map_or(0, |spec| spec.containers.len()) + sidecars;
    let mut summary = PodSummary {
        status: status.reason.clone().or_else(|| status.phase.clone()).unwrap_or_else(|| "Unknown".to_owned()),
        ready: 0,
        containers: containers as u32,
        restarts: 0,
    };
    let initializing = apply_init_containers(&mut summary, status, init);
    if !initializing || condition(status, "Initialized") {
        apply_containers(&mut summary, status);
    }
    if pod.metadata.deletion_timestamp.is_some() {
        let lost = status.reason.as_deref() == Some("NodeLost");
        summary.status = if lost { "Unknown" } else { "Terminating" }.to_owned();
    }
    summary
}

/// Takes the status of the first init container that is not done. Returns whether there is one.
fn apply_init_containers(summary: &mut PodSummary, status: &PodStatus, init: &[Container]) -> bool {
    let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
    for (position, container) in statuses.iter().enumerate() {
        let sidecar = init.iter().any(|spec| spec.name == container.name && is_sidecar(spec));
        summary.restarts += restarts(container);
        let state = container.state.as_ref();
        let terminated = state.and_then(|state| state.terminated.as_ref());
        let waiting = state.and_then(|state| state.waiting.as_ref()).and_then(|waiting| waiting.reason.as_deref());
        if terminated.is_some_and(|end| end.exit_code == 0) {
            continue;
        }
        if sidecar && container.started == Some(true) {
            summary.ready += u32::from(container.ready);
            continue;
        }
        summary.status = match (terminated, waiting) {
            (Some(end), _) => format!("Init:{}", reason(end)),
            (None, Some(reason)) if !reason.is_empty() && reason != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{position}/{}", init.len()),
        };
        return true;
    }
    false
}

/// Takes the status of the last container that waits or has ended.
fn apply_containers(summary: &mut PodSummary, status: &PodStatus) {
    let mut running = false;
    for container in status.container_statuses.iter().flatten().rev() {
        summary.restarts += restarts(container);
        let state = container.state.as_ref();
        let waiting = state.and_then(|state| state.waiting.as_ref()).and_then(|waiting| waiting.reason.as_deref());
        match (waiting, state.and_then(|state| state.terminated.as_ref())) {
            (Some(reason), _) if !reason.is_empty() => summary.status = reason.to_owned(),
            (_, Some(end)) => summary.status = reason(end),
            _ if container.ready && state.is_some_and(|state| state.running.is_some()) => {
                running = true;
                summary.ready += 1;
            }
            _ => {}
        }
    }
    if summary.status == "Completed" && running {
        summary.status = if condition(status, "Ready") { "Running" } else { "NotReady" }.to_owned();
    }
}

fn reason(end: &ContainerStateTerminated) -> String {
    match (end.reason.as_deref(), end.signal) {
        (Some(reason), _) if !reason.is_empty() => reason.to_owned(),
        (_, Some(signal)) if signal != 0 => format!("Notifier:{signal}"),
        _ => format!("ExitCode:{}", end.exit_code),
    }
}

fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn restarts(container: &ContainerStatus) -> u32 {
    u32::try_from(container.restart_count).unwrap_or_default()
}

fn condition(status: &PodStatus, name: &str) -> bool {
    status.conditions.iter().flatten().any(|condition| condition.type_ == name && condition.status == "True")
}

#[cfg(test)]
mod tests;
