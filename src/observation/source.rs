//! Sources and their health.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A source that can fail on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SourceId {
    /// States and events of the container engine.
    Docker,
    /// Kubelet journal of the named worker.
    Journal(String),
    /// Watch of the nodes.
    Nodes,
    /// Watch of the pods.
    Pods,
    /// Watch of the node leases.
    Leases,
    /// Health checks of the control plane.
    Health,
    /// Requests to the workload.
    Traffic,
    /// Container lists of the workers' runtimes.
    Runtime,
}

/// Health of a source. In an outage errors are the data: a source reports them here and goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SourceHealth {
    /// Waiting for the first answer.
    Connecting,
    /// Receiving what it watches.
    Live,
    /// Failing, and trying again.
    Retrying {
        /// Failure, its object and a remedy, in one line for a person.
        error: String,
    },
    /// Receiving more than the session takes.
    Lagging {
        /// Number of lines dropped so far.
        dropped: u64,
    },
    /// Ended, and not to be restarted.
    Ended {
        /// Reason, in one line for a person.
        reason: String,
    },
}

/// A change in the health of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Source whose health changed.
    pub source: SourceId,
    /// Its health from now on.
    #[serde(flatten)]
    pub health: SourceHealth,
}

/// Prefix of a journal's name, followed by the worker: `journal:demo-worker`.
const JOURNAL: &str = "journal:";

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Docker => f.write_str("docker"),
            Self::Journal(worker) => write!(f, "{JOURNAL}{worker}"),
            Self::Nodes => f.write_str("nodes"),
            Self::Pods => f.write_str("pods"),
            Self::Leases => f.write_str("leases"),
            Self::Health => f.write_str("health"),
            Self::Traffic => f.write_str("traffic"),
            Self::Runtime => f.write_str("runtime"),
        }
    }
}

/// Error of parsing a source's name that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("there is no source named `{0}`")]
pub struct UnknownSource(String);

impl FromStr for SourceId {
    type Err = UnknownSource;

    fn from_str(name: &str) -> Result<Self, UnknownSource> {
        if let Some(worker) = name.strip_prefix(JOURNAL) {
            return Ok(Self::Journal(worker.to_owned()));
        }
        [Self::Docker, Self::Nodes, Self::Pods, Self::Leases, Self::Health, Self::Traffic, Self::Runtime]
            .into_iter()
            .find(|source| source.to_string() == name)
            .ok_or_else(|| UnknownSource(name.to_owned()))
    }
}

impl From<SourceId> for String {
    fn from(source: SourceId) -> Self {
        source.to_string()
    }
}

impl TryFrom<String> for SourceId {
    type Error = UnknownSource;

    fn try_from(name: String) -> Result<Self, UnknownSource> {
        name.parse()
    }
}
