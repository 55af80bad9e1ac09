//! Heap memory that an observation takes, for the limits of a tape.
//!
//! An estimate for glibc's allocator, the same on every machine, so that a tape is cut at the same line everywhere.

use super::{
    cluster::Cluster,
    fact::Observation,
    health_probe::HealthProbe,
    journal::JournalLine,
    kubernetes::{Listed, NodeFact, PodFact},
    operator::{OperatorPhase, OperatorStep},
    runtime::{RuntimeOutcome, RuntimeProbe},
    source::{SourceHealth, SourceId, SourceReport},
};

/// Bytes that glibc's `malloc` adds to each allocation for its header.
const ALLOCATION_HEADER: usize = 8;

/// Smallest allocation of glibc's `malloc`, in bytes.
const SMALLEST_ALLOCATION: usize = 24;

impl Observation {
    /// Bytes on the heap, beyond the size of the observation itself.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Cluster(Cluster { name, context, api_endpoint, nodes }) => {
                let of_nodes = nodes.iter().map(|node| text(&node.name) + optional(node.node_port.as_ref()));
                text(name) + text(context) + optional(api_endpoint.as_ref()) + list(nodes) + of_nodes.sum::<usize>()
            }
            Self::Container(state) => text(&state.node),
            Self::EngineEvent(event) => text(&event.node),
            Self::Journal(JournalLine { worker, line }) => text(worker) + text(line),
            Self::JournalDropped { worker, .. } => text(worker),
            Self::Node(NodeFact { name, kubelet_version, .. }) => text(name) + text(kubelet_version),
            Self::Pod(PodFact { namespace, name, node, status, .. }) => {
                text(namespace) + text(name) + optional(node.as_ref()) + text(status)
            }
            Self::Lease { node, .. } => text(node),
            Self::Gone { name, .. } => text(name),
            Self::Listed(Listed { namespace, names, .. }) => {
                optional(namespace.as_ref()) + list(names) + names.iter().map(|name| text(name)).sum::<usize>()
            }
            Self::Health(HealthProbe { checks, .. }) => {
                list(checks) + checks.iter().map(|check| text(&check.name)).sum::<usize>()
            }
            Self::Write(_) | Self::TimeJump(_) => 0,
            Self::Leader(leader) => text(&leader.component),
            Self::Runtime(RuntimeProbe { worker, outcome }) => text(worker) + of_runtime(outcome),
            Self::Traffic(probe) => text(&probe.worker),
            Self::Source(SourceReport { source, health }) => {
                let of_id = if let SourceId::Journal(worker) = source { text(worker) } else { 0 };
                of_id + of_health(health)
            }
            Self::Operator(OperatorStep { container, phase, .. }) => text(container) + of_phase(phase),
            Self::Mark { word } => text(word),
        }
    }
}

fn of_runtime(outcome: &RuntimeOutcome) -> usize {
    match outcome {
        RuntimeOutcome::Failed(error) => text(error),
        RuntimeOutcome::Running(containers) => {
            let of_each = containers.iter().map(|one| text(&one.pod) + text(&one.name) + text(&one.id));
            list(containers) + of_each.sum::<usize>()
        }
    }
}

fn of_health(health: &SourceHealth) -> usize {
    match health {
        SourceHealth::Retrying { error } => text(error),
        SourceHealth::Ended { reason } => text(reason),
        SourceHealth::Connecting | SourceHealth::Live | SourceHealth::Lagging { .. } => 0,
    }
}

fn of_phase(phase: &OperatorPhase) -> usize {
    match phase {
        OperatorPhase::Failed { error: message }
        | OperatorPhase::Retrying { error: message, .. }
        | OperatorPhase::Waiting { message }
        | OperatorPhase::Released { reason: message } => text(message),
        OperatorPhase::Requested | OperatorPhase::Adopted | OperatorPhase::Done => 0,
    }
}

fn text(text: &str) -> usize {
    allocated(text.len())
}

fn optional(value: Option<&String>) -> usize {
    value.map_or(0, |value| text(value))
}

/// Doubles the size of the items, because a deserialized vector grows by doubling and may be half empty.
fn list<T>(items: &[T]) -> usize {
    allocated(size_of_val(items) * 2)
}

fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes.max(SMALLEST_ALLOCATION) + ALLOCATION_HEADER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_line_takes_more_memory() {
        let line = |bytes| Observation::Journal(JournalLine { worker: "w".to_owned(), line: "x".repeat(bytes) });
        assert_eq!(line(1_000).heap_bytes() - line(500).heap_bytes(), 500);
        assert!(line(1_000).heap_bytes() >= 1_000);
    }
}
