//! Containers inside a worker, as its container runtime lists them without any API server.

use serde::{Deserialize, Serialize};

/// One listing of the running containers of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeProbe {
    /// Name of the worker.
    pub worker: String,
    /// Result of the listing.
    #[serde(flatten)]
    pub outcome: RuntimeOutcome,
}

/// Result of listing a worker's containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeOutcome {
    /// The running containers (`crictl ps`), sorted.
    Running(Vec<RunningContainer>),
    /// The reason why there is no list, in one line for a person.
    Failed(String),
}

/// A container that runs in a worker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunningContainer {
    /// `namespace/name` of the container's pod.
    pub pod: String,
    /// Name of the container in its pod.
    pub name: String,
    /// Number of earlier starts: 0 for the first container, one more for each restart.
    pub attempt: u32,
    /// First 13 characters of the container's id, as `crictl ps` prints them.
    pub id: String,
}
