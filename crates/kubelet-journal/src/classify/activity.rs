//! What a kubelet was doing when it wrote a line.
//!
//! The words are those of the formats (design.md section 3) and never change with a version. How a line gets its activity is decided in
//! `site.rs` (who wrote it) and `phrase.rs` (what it says), not here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the kubelet was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Telling the API server how the node is.
    NodeStatus,
    /// Renewing the node's lease, its heartbeat.
    Lease,
    /// Listing and watching objects.
    Watch,
    /// Posting an event.
    Event,
    /// Telling the API server how a pod is.
    PodStatus,
    /// Making the node known at the start.
    Registration,
    /// Getting or rotating its own certificate.
    Certificate,
    /// Getting a token for a pod's service account.
    Token,
    /// Attaching and mounting volumes.
    Volume,
    /// Talking to storage drivers.
    Csi,
    /// Probing a container.
    Probe,
    /// Pulling an image.
    Image,
    /// Driving the container runtime and the pod network.
    Runtime,
    /// Anything else.
    Other,
}

impl Activity {
    /// Every activity, in the order of the documentation.
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

    /// The word for it in every format.
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
