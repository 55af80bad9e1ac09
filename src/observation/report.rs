//! What the sources say of themselves, and what came of the operator's requests.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A source, as one that can fail by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SourceId {
    /// The container engine: states and events.
    Docker,
    /// The kubelet's journal of one worker.
    Journal(String),
    /// The watch of nodes.
    Nodes,
    /// The watch of pods.
    Pods,
    /// The watch of node leases.
    Leases,
    /// The health checks of the control plane.
    Health,
    /// The requests to the workload.
    Traffic,
    /// The looks at the containers inside the workers.
    Runtime,
}

/// How a source is doing. In an outage errors are the data: a source reports them here and goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SourceHealth {
    /// On its way to its first answer.
    Connecting,
    /// It hears what it is there to hear.
    Live,
    /// It does not, and tries again.
    Retrying {
        /// What happened, to what, and what to do about it: one line for a person.
        error: String,
    },
    /// It hears more than could be taken.
    Lagging {
        /// Lines dropped so far.
        dropped: u64,
    },
    /// It is gone and will not come back by itself.
    Ended {
        /// Why: one line for a person.
        reason: String,
    },
}

/// A change in how a source is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// The source.
    pub source: SourceId,
    /// How it is doing.
    #[serde(flatten)]
    pub health: SourceHealth,
}

/// What an operator can do to the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// `docker stop`: a signal, ten seconds, then the end.
    Stop,
    /// `docker kill`: the end at once.
    Kill,
    /// `docker pause`: frozen with its sockets open.
    Pause,
    /// `docker network disconnect`: running, with no network.
    Disconnect,
    /// The API server's static pod alone.
    Apiserver,
    /// Whatever undoes the fault that is there.
    Restore,
}

/// How far a deed is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum OperatorPhase {
    /// The engine was asked.
    Requested,
    /// An earlier run has done it, and this one takes over what is outstanding of it.
    Adopted,
    /// It is not over yet.
    Waiting {
        /// What is waited for: one line for a person.
        words: String,
    },
    /// A try has failed, and another follows by itself.
    Retrying {
        /// What happened: one line for a person.
        error: String,
        /// Seconds until the next try.
        next_s: u32,
    },
    /// A fault: the engine says it is done. A restore: `/readyz` answered 200, or the port took a connection where
    /// nothing else may be asked.
    Done,
    /// Nothing has to be undone any more: somebody else undid it, or the operator leaves it as it is.
    Released {
        /// Why: one line for a person.
        reason: String,
    },
    /// It could not be done.
    Failed {
        /// What happened and what to do: one line for a person.
        error: String,
    },
}

/// One step of a deed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// What was asked for.
    pub deed: Deed,
    /// The container it is done to.
    pub container: String,
    /// How far it is.
    #[serde(flatten)]
    pub phase: OperatorPhase,
}

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

/// A source's name that this version does not know.
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
