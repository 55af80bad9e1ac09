//! The bounds of facts from outside: the years that a time may have, and the memory that a fact takes.
//!
//! [`Observation::clamp_times`] runs where a fact enters (the feed and the tape reader), so that arithmetic on the times
//! of a stamped observation can't overflow: chrono's range ends 250,000 years later than [`LATEST`].

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _};

use super::{
    Cluster, HealthProbe, JournalLine, LeaderAnswer, Listed, NodeFact, Observation, Operator, OperatorPhase, PodFact,
    RuntimeLook, RuntimeOutcome, SourceHealth, SourceId, SourceReport, Time,
};

/// The years that a time may have: RFC 3339 writes four digits, and no clock of a node is older than Unix.
pub const YEARS: RangeInclusive<i32> = 1970..=9999;

/// The earliest time: 1970-01-01T00:00:00Z.
pub const EARLIEST: Time = DateTime::UNIX_EPOCH;

/// The latest time: 9999-12-31T23:59:59.999Z.
pub const LATEST: Time = match DateTime::from_timestamp_millis(253_402_300_799_999) {
    Some(latest) => latest,
    None => DateTime::<chrono::Utc>::MAX_UTC,
};

/// Bytes that an allocator takes beside those asked for, and the least that it gives (glibc `malloc`: 8 and 24).
const ALLOCATION: (usize, usize) = (8, 24);

/// Whether the year of a time is one of [`YEARS`].
pub fn is_in_range(time: Time) -> bool {
    YEARS.contains(&time.year())
}

impl Observation {
    /// Moves each time outside [`YEARS`] to the nearest end; returns whether there was one.
    pub fn clamp_times(&mut self) -> bool {
        let time = match self {
            Self::Container(state) => state.since.as_mut(),
            Self::EngineEvent(event) => Some(&mut event.happened),
            Self::Node(fact) => fact.since.as_mut(),
            Self::Lease { renewed, .. } => Some(renewed),
            Self::Leader(leader) => match &mut leader.answer {
                LeaderAnswer::Renewed(renewed) => Some(renewed),
                LeaderAnswer::Status(_) => None,
            },
            Self::Cluster(_)
            | Self::Journal(_)
            | Self::JournalDropped { .. }
            | Self::Pod(_)
            | Self::Gone { .. }
            | Self::Listed(_)
            | Self::Health(_)
            | Self::Write(_)
            | Self::Runtime(_)
            | Self::Traffic(_)
            | Self::Source(_)
            | Self::Operator(_)
            | Self::TimeJump(_)
            | Self::Mark { .. } => None,
        };
        let outside = time.filter(|time| !is_in_range(**time));
        outside.map(|time| *time = (*time).clamp(EARLIEST, LATEST)).is_some()
    }

    /// Bytes that it takes on the heap, beside its own size; an estimate for glibc's allocator.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Cluster(Cluster { name, context, api_endpoint, nodes }) => {
                let each = nodes.iter().map(|node| text(&node.name) + optional(node.node_port.as_ref()));
                text(name) + text(context) + optional(api_endpoint.as_ref()) + list(nodes) + each.sum::<usize>()
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
            Self::Runtime(RuntimeLook { worker, outcome }) => {
                text(worker)
                    + match outcome {
                        RuntimeOutcome::Failed(error) => text(error),
                        RuntimeOutcome::Running(containers) => {
                            let each = containers.iter().map(|one| text(&one.pod) + text(&one.name) + text(&one.id));
                            list(containers) + each.sum::<usize>()
                        }
                    }
            }
            Self::Traffic(probe) => text(&probe.worker),
            Self::Source(SourceReport { source, health }) => {
                let id = if let SourceId::Journal(worker) = source { text(worker) } else { 0 };
                id + match health {
                    SourceHealth::Retrying { error } => text(error),
                    SourceHealth::Ended { reason } => text(reason),
                    SourceHealth::Connecting | SourceHealth::Live | SourceHealth::Lagging { .. } => 0,
                }
            }
            Self::Operator(Operator { container, phase, .. }) => {
                text(container)
                    + match phase {
                        OperatorPhase::Failed { error: words }
                        | OperatorPhase::Retrying { error: words, .. }
                        | OperatorPhase::Waiting { words }
                        | OperatorPhase::Released { reason: words } => text(words),
                        OperatorPhase::Requested | OperatorPhase::Adopted | OperatorPhase::Done => 0,
                    }
            }
            Self::Mark { word } => text(word),
        }
    }

    /// Calls `visit` with the name of each node or worker that it speaks of.
    pub fn nodes(&self, mut visit: impl FnMut(&str)) {
        match self {
            Self::Cluster(cluster) => cluster.nodes.iter().for_each(|node| visit(&node.name)),
            Self::Container(state) => visit(&state.node),
            Self::EngineEvent(event) => visit(&event.node),
            Self::Journal(JournalLine { worker, .. }) | Self::JournalDropped { worker, .. } => visit(worker),
            Self::Node(fact) => visit(&fact.name),
            Self::Lease { node, .. } => visit(node),
            Self::Runtime(look) => visit(&look.worker),
            Self::Traffic(probe) => visit(&probe.worker),
            Self::Source(SourceReport { source: SourceId::Journal(worker), .. }) => visit(worker),
            Self::Pod(_)
            | Self::Gone { .. }
            | Self::Listed(_)
            | Self::Health(_)
            | Self::Write(_)
            | Self::Leader(_)
            | Self::Source(_)
            | Self::Operator(_)
            | Self::TimeJump(_)
            | Self::Mark { .. } => {}
        }
    }
}

fn text(text: &str) -> usize {
    allocated(text.len())
}

fn optional(text: Option<&String>) -> usize {
    text.map_or(0, |text| allocated(text.len()))
}

/// A vector that was read grows by doubling: up to half of it is unused.
fn list<T>(items: &[T]) -> usize {
    allocated(size_of_val(items) * 2)
}

fn allocated(bytes: usize) -> usize {
    let (extra, least) = ALLOCATION;
    if bytes == 0 { 0 } else { bytes.max(least) + extra }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{EngineAction, EngineEvent, NodeRole};

    fn event(happened: Time) -> Observation {
        Observation::EngineEvent(EngineEvent {
            node: "demo-control-plane".to_owned(),
            role: NodeRole::ControlPlane,
            action: EngineAction::Die,
            happened,
            signal: None,
            exit_code: None,
        })
    }

    #[test]
    fn a_time_outside_the_years_is_moved_to_the_nearest_end() {
        for (time, end) in [(Time::MIN_UTC, EARLIEST), (Time::MAX_UTC, LATEST)] {
            let mut outside = event(time);
            assert!(outside.clamp_times());
            assert_eq!(outside, event(end));
            assert!(!outside.clamp_times());
        }
        assert_eq!(LATEST.to_rfc3339(), "9999-12-31T23:59:59.999+00:00");
    }

    #[test]
    fn a_longer_line_takes_more_memory() {
        let line = |bytes| Observation::Journal(JournalLine { worker: "w".to_owned(), line: "x".repeat(bytes) });
        assert_eq!(line(1_000).heap_bytes() - line(500).heap_bytes(), 500);
        assert!(line(1_000).heap_bytes() >= 1_000);
    }
}
