//! Whether a fault is still ours to undo: a pure comparison of what was done with how the container is now.
//!
//! What somebody else did since is theirs: a container that was started, unpaused or connected by another hand is left
//! as it is, also when it was stopped again after that.

use super::Intent;
use crate::{fault::ContainerTarget, observation::FaultAction};

/// How a container is, beside the fault that was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimState {
    /// As the fault leaves it.
    InEffect,
    /// As before the fault: it has not happened yet, or never will, or was undone.
    NotInEffect,
    /// Superseded by somebody else after the fault.
    Superseded,
}

impl ClaimState {
    /// Compares the container with the intent. `manifest` is whether the API server's manifest is in its place, and
    /// counts only for a fault of the API server alone.
    pub(super) fn of(intent: &Intent, target: &ContainerTarget, manifest: bool) -> Self {
        let recreated = intent.id.as_ref().is_some_and(|id| *id != target.id);
        let started_since = match (&intent.started_at, &target.started_at) {
            (Some(before), Some(now)) => before != now,
            // an engine that does not say cannot be compared
            _ => false,
        };
        if recreated || started_since {
            return Self::Superseded;
        }
        let as_left = match intent.deed {
            FaultAction::Stop | FaultAction::Kill => !target.running,
            _ if !target.running => return Self::Superseded,
            FaultAction::Pause => target.paused,
            FaultAction::Disconnect => match intent.networks.as_slice() {
                [] => target.networks.is_empty(),
                before => before.iter().any(|was| target.networks.iter().all(|is| is.network != was.network)),
            },
            FaultAction::Apiserver => !manifest,
            FaultAction::Restore => false,
        };
        if as_left { Self::InEffect } else { Self::NotInEffect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::NetworkAddress;

    fn place(network: &str) -> NetworkAddress {
        NetworkAddress { network: network.to_owned(), ipv4: None, ipv6: None }
    }

    fn intent(deed: FaultAction) -> Intent {
        Intent {
            cluster: "demo".to_owned(),
            container: "demo-control-plane".to_owned(),
            deed,
            pid: 1,
            asked: None,
            restore_at: None,
            id: Some("id".to_owned()),
            started_at: Some("1".to_owned()),
            networks: vec![place("kind")],
        }
    }

    fn target(running: bool, paused: bool, started_at: &str, networks: &[&str]) -> ContainerTarget {
        ContainerTarget {
            id: "id".to_owned(),
            name: "demo-control-plane".to_owned(),
            running,
            paused,
            exit_code: None,
            started_at: Some(started_at.to_owned()),
            networks: networks.iter().map(|network| place(network)).collect(),
        }
    }

    #[test]
    fn each_fault_is_compared_with_what_it_leaves() {
        use ClaimState::{InEffect, NotInEffect, Superseded};
        for (deed, target, manifest, expected) in [
            (FaultAction::Stop, target(false, false, "1", &[]), true, InEffect),
            (FaultAction::Stop, target(true, false, "1", &["kind"]), true, NotInEffect),
            (FaultAction::Stop, target(true, false, "2", &["kind"]), true, Superseded),
            // started by a colleague and stopped again since
            (FaultAction::Stop, target(false, false, "2", &[]), true, Superseded),
            (FaultAction::Kill, target(false, false, "1", &[]), true, InEffect),
            (FaultAction::Pause, target(true, true, "1", &["kind"]), true, InEffect),
            (FaultAction::Pause, target(true, false, "1", &["kind"]), true, NotInEffect),
            (FaultAction::Pause, target(false, false, "1", &[]), true, Superseded),
            (FaultAction::Disconnect, target(true, false, "1", &[]), true, InEffect),
            (FaultAction::Disconnect, target(true, false, "1", &["other"]), true, InEffect),
            (FaultAction::Disconnect, target(true, false, "1", &["kind"]), true, NotInEffect),
            (FaultAction::Apiserver, target(true, false, "1", &["kind"]), false, InEffect),
            (FaultAction::Apiserver, target(true, false, "1", &["kind"]), true, NotInEffect),
        ] {
            assert_eq!(ClaimState::of(&intent(deed), &target, manifest), expected, "{deed:?} {target:?}");
        }
    }

    #[test]
    fn a_container_made_anew_under_the_same_name_is_not_ours() {
        let mut other = target(false, false, "1", &[]);
        other.id = "another".to_owned();
        assert_eq!(ClaimState::of(&intent(FaultAction::Stop), &other, true), ClaimState::Superseded);
    }
}
