//! The vocabulary of facts: what a source can say about the cluster, one fact at one time.
//!
//! An observation holds what was said, never what was made of it: a journal line stays raw, so that a better reading
//! improves old tapes. Everything here serializes, compares and knows nothing of where it came from (no engine, client
//! or socket type). What a person at the keyboard wants is no observation; only what came of it is ([`Operator`]).

mod api;
mod bounds;
mod cluster;
mod engine;
mod inquiry;
mod probe;
mod report;
mod time_jump;

pub use api::{Listed, ListedResource, NodeFact, NodeReadiness, PodFact};
pub use bounds::{EARLIEST, LATEST, YEARS, is_in_range};
pub use cluster::{Cluster, ClusterNode, NodeRole};
pub use engine::{ContainerState, EngineAction, EngineEvent, RunState};
pub use inquiry::{Leader, LeaderAnswer, RunningContainer, RuntimeLook, RuntimeOutcome, WriteProbe};
pub use probe::{HealthCheck, HealthProbe, NamedCheck, ProbeError, ProbeOutcome, TrafficOutcome, TrafficProbe};
pub use report::{Deed, Operator, OperatorPhase, SourceHealth, SourceId, SourceReport, UnknownSource};
pub use time_jump::{JumpCause, TimeJump};

use serde::{Deserialize, Serialize};

/// A moment of the session: its wall-clock start plus the monotonic time since, plus the time that the machine has slept,
/// to the millisecond. It never jumps with the wall clock, and a replay has the same moments as the run.
pub type Time = chrono::DateTime<chrono::Utc>;

/// An observation and the moment at which it reached the session.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamped {
    /// When it arrived; the fact's own time, where it has one, is inside the observation.
    pub at: Time,
    /// What was said.
    pub observation: Observation,
}

/// One fact, from one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Observation {
    /// The engine's containers that make up the cluster, whenever the set or its addresses change.
    Cluster(Cluster),
    /// The state of one node's container, as the engine sees it.
    Container(ContainerState),
    /// Something that happened to a node's container, with the engine's own time.
    EngineEvent(EngineEvent),
    /// One raw line of a worker's kubelet journal.
    Journal(JournalLine),
    /// Lines that came in faster than they could be taken and were dropped, in whole batches.
    JournalDropped {
        /// The worker whose journal it is.
        worker: String,
        /// How many lines.
        lines: u64,
    },
    /// What the API server says of a node.
    Node(NodeFact),
    /// What the API server says of a pod.
    Pod(PodFact),
    /// The holder's last renewal of a node lease, as the API server has it.
    Lease {
        /// The node that holds the lease.
        node: String,
        /// `spec.renewTime`.
        renewed: Time,
    },
    /// An object that the API server no longer has.
    Gone {
        /// What kind of object.
        resource: ListedResource,
        /// The node's name, or `namespace/name` of the pod.
        name: String,
    },
    /// A list is complete: what it does not name is gone. Until it comes, the last known facts stay.
    Listed(Listed),
    /// One health check of the control plane.
    Health(HealthProbe),
    /// One write to the API server that was tried out.
    Write(WriteProbe),
    /// Whether a component of the control plane leads, as the API server has it.
    Leader(Leader),
    /// One look at the containers inside a worker.
    Runtime(RuntimeLook),
    /// One request to httpbin through a worker's NodePort.
    Traffic(TrafficProbe),
    /// How a source itself is doing.
    Source(SourceReport),
    /// What came of something that the operator asked for.
    Operator(Operator),
    /// This machine slept, or its wall clock was set.
    TimeJump(TimeJump),
    /// A moment that the operator wants to find again.
    Mark {
        /// The operator's word for it; may be empty.
        word: String,
    },
}

/// One line of a kubelet's journal, in whatever form the journal gave it (`journalctl -o json`, `-o short`, klog …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// The worker whose journal it is.
    pub worker: String,
    /// The raw line, without its line end; invalid UTF-8 replaced.
    pub line: String,
}
