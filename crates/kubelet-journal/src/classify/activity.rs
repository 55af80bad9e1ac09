//! The work of a kubelet that a line is about.
//!
//! The words are part of the JSON formats and never change. `component.rs` (which file wrote the line) and
//! `known_message.rs` (how its message begins) decide which activity a line has.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The work of a kubelet that a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Sending the node's status to the API server.
    NodeStatus,
    /// Renewing the node's lease, which is its heartbeat.
    Lease,
    /// Listing and watching objects.
    Watch,
    /// Posting an event to the API server.
    Event,
    /// Sending a pod's status to the API server.
    PodStatus,
    /// Registering the node when the kubelet starts.
    Registration,
    /// Requesting or rotating the kubelet's own certificate.
    Certificate,
    /// Requesting a token for a pod's service account.
    Token,
    /// Attaching or mounting a volume.
    Volume,
    /// Calling a storage driver (CSI), or publishing which drivers the node has.
    Csi,
    /// Probing a container (liveness, readiness, startup).
    Probe,
    /// Pulling a container image.
    Image,
    /// Calling the container runtime or the pod network (CNI).
    Runtime,
    /// Any other work, and every line of another program.
    Other,
}

impl Activity {
    /// All activities, in the order of the variants.
    pub const ALL: [Self; 14] = [
        Self::NodeStatus,
        Self::Lease,
        Self::Watch,
        Self::Event,
        Self::PodStatus,
        Self::Registration,
        Self::Certificate,
        Self::Token,
        Self::Volume,
        Self::Csi,
        Self::Probe,
        Self::Image,
        Self::Runtime,
        Self::Other,
    ];

    /// Returns the word for the activity in every format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NodeStatus => "node-status",
            Self::Lease => "lease",
            Self::Watch => "watch",
            Self::Event => "event",
            Self::PodStatus => "pod-status",
            Self::Registration => "registration",
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::Volume => "volume",
            Self::Csi => "csi",
            Self::Probe => "probe",
            Self::Image => "image",
            Self::Runtime => "runtime",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
