//! Observations: facts about the cluster, each from one source at one time.
//!
//! They are the only input of the world and the content of a tape. An observation holds what a source received, never
//! what was concluded from it: a journal line stays raw, so that a better parser improves old tapes. The types
//! serialize, compare, and know nothing of their origin: no type of an engine, a client or a socket. A wish of the
//! person at the keyboard is no observation; the steps of carrying it out are ([`OperatorStep`]).

mod api_probe;
mod clamp;
mod cluster;
mod engine;
mod fact;
mod health_probe;
mod heap;
mod journal;
mod kubernetes;
mod node_names;
mod operator;
mod probe_error;
mod runtime;
mod source;
mod time;
mod time_jump;
mod traffic_probe;

pub use api_probe::{LeaderOutcome, LeaderProbe, WriteProbe};
pub use cluster::{Cluster, ClusterNode, NodeRole};
pub use engine::{ContainerState, EngineAction, EngineEvent, RunState};
pub use fact::{Observation, Stamped};
pub use health_probe::{HealthCheck, HealthProbe, NamedCheck, ProbeOutcome};
pub use journal::JournalLine;
pub use kubernetes::{Listed, ListedResource, NodeFact, NodeReadiness, PodFact};
pub use operator::{FaultAction, OperatorPhase, OperatorStep};
pub use probe_error::ProbeError;
pub use runtime::{RunningContainer, RuntimeOutcome, RuntimeProbe};
pub use source::{SourceHealth, SourceId, SourceReport, UnknownSource};
pub use time::{EARLIEST, LATEST, Time, YEARS, is_in_range};
pub use time_jump::{JumpCause, TimeJump};
pub use traffic_probe::{TrafficOutcome, TrafficProbe};
