//! The causes of an outage that its journal can suggest, and their names for people.

use crate::observation::FaultAction;

/// A cause that the order of the failures suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// One of the faults that blackout can inject.
    Fault(FaultAction),
    /// The worker's own network is down.
    OwnNetwork,
    /// Packets are lost on the way to the control plane.
    NetworkCut,
    /// The control plane's machine is gone from the network.
    HostGone,
    /// Certificates, tokens or permissions.
    Certificate,
    /// The API server answers with errors.
    Overload,
    /// Fits no pattern of a known cause.
    Unclear,
}

impl Cause {
    /// The fault. `None` if the cause is not one that blackout can inject.
    pub fn fault(self) -> Option<FaultAction> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// The cause in a word or two, for a table.
    pub fn brief(self) -> &'static str {
        match self {
            Self::Fault(FaultAction::Stop) => "stopped",
            Self::Fault(FaultAction::Kill) => "killed",
            Self::Fault(FaultAction::Pause) => "paused",
            Self::Fault(FaultAction::Disconnect) => "disconnected",
            Self::Fault(FaultAction::Apiserver) => "API server down",
            Self::Fault(FaultAction::Restore) => "started",
            Self::OwnNetwork => "worker's network",
            Self::NetworkCut => "packets lost",
            Self::HostGone => "machine gone",
            Self::Certificate => "401 / 403",
            Self::Overload => "server errors",
            Self::Unclear => "no known pattern",
        }
    }

    /// The cause as a clause in the past tense, to follow "It looks as if".
    pub fn clause(self) -> &'static str {
        match self {
            Self::Fault(FaultAction::Stop) => "the control plane's container was stopped",
            Self::Fault(FaultAction::Kill) => "the control plane's container was killed",
            Self::Fault(FaultAction::Pause) => "the control plane was paused, or starved of CPU",
            Self::Fault(FaultAction::Disconnect) => {
                "the control plane was disconnected from the network, and its name removed"
            }
            Self::Fault(FaultAction::Apiserver) => "the API server process was down and its host up",
            Self::Fault(FaultAction::Restore) => "the control plane was started",
            Self::OwnNetwork => "the worker's own network was down",
            Self::NetworkCut => "packets to the control plane were lost (firewall, route)",
            Self::HostGone => "the control plane's machine was gone from the network",
            Self::Certificate => "the API server rejected this kubelet (certificate, token, permission)",
            Self::Overload => "the API server answered with errors (overload, etcd)",
            Self::Unclear => "no known pattern",
        }
    }
}
