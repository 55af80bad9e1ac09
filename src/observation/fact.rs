//! The observation itself, and its arrival time.

use serde::{Deserialize, Serialize};

use super::{
    api_probe::{LeaderProbe, WriteProbe},
    cluster::Cluster,
    engine::{ContainerState, EngineEvent},
    health_probe::HealthProbe,
    journal::JournalLine,
    kubernetes::{Listed, ListedResource, NodeFact, PodFact},
    operator::OperatorStep,
    runtime::RuntimeProbe,
    source::SourceReport,
    time::Time,
    time_jump::TimeJump,
    traffic_probe::TrafficProbe,
};

/// An observation and its arrival time.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamped {
    /// Moment at which the observation entered the session's feed. A time of the fact itself is inside the observation.
    pub at: Time,
    /// The fact that was observed.
    pub observation: Observation,
}

/// One fact, from one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Observation {
    /// The containers of the kind cluster, whenever the set or its published addresses change.
    Cluster(Cluster),
    /// The state of one node's container, as the engine reports it.
    Container(ContainerState),
    /// An event of a node's container, with the engine's time.
    EngineEvent(EngineEvent),
    /// One raw line of a worker's kubelet journal.
    Journal(JournalLine),
    /// Journal lines that were dropped in whole batches because the session did not keep up.
    JournalDropped {
        /// Name of the worker.
        worker: String,
        /// Number of lines dropped since the last such observation.
        lines: u64,
    },
    /// A node object of the API server.
    Node(NodeFact),
    /// A pod object of the API server.
    Pod(PodFact),
    /// The last renewal of a node lease, as the API server stores it.
    Lease {
        /// Name of the node that holds the lease.
        node: String,
        /// `spec.renewTime` of the lease.
        renewed: Time,
    },
    /// The deletion of an object.
    Gone {
        /// Kind of the object.
        resource: ListedResource,
        /// Name of the node or lease, or `namespace/name` of the pod.
        name: String,
    },
    /// The end of a complete list: objects that it does not name are gone. Until then the last known facts stay.
    Listed(Listed),
    /// One health check of the control plane.
    Health(HealthProbe),
    /// One dry run of a write to the API server.
    Write(WriteProbe),
    /// One read of a control plane component's leader lease.
    Leader(LeaderProbe),
    /// One listing of the containers inside a worker.
    Runtime(RuntimeProbe),
    /// One request to httpbin through a worker's NodePort.
    Traffic(TrafficProbe),
    /// A change in the health of a source.
    Source(SourceReport),
    /// A step of an action that the operator asked for.
    Operator(OperatorStep),
    /// A sleep of this machine, or a change of its wall clock.
    TimeJump(TimeJump),
    /// A moment that the operator wants to find again.
    Mark {
        /// The operator's label for it; may be empty.
        word: String,
    },
}
