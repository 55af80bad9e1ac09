//! Whether a fault is still this guard's to undo: a pure comparison of the intent with the container as it is now.
//!
//! A container that was started, unpaused or connected by somebody else after the fault is left as it is, even if it
//! was stopped again after that.

use super::intent::Intent;
use crate::{fault::ContainerTarget, observation::FaultAction};

/// State of a container, relative to the fault that an intent describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimState {
    /// The container is as the fault leaves it.
    InEffect,
    /// The container is as before the fault: the fault has not happened yet, never will, or was undone.
    NotInEffect,
    /// Somebody else has changed the container since the fault.
    Superseded,
}

impl ClaimState {
    /// Compares the container with the intent. `has_manifest` is whether the API server's manifest is in the kubelet's
    /// directory; it is read only for [`FaultAction::Apiserver`].
    pub(super) fn of(intent: &Intent, target: &ContainerTarget, has_manifest: bool) -> Self {
        let recreated = intent.id.as_ref().is_some_and(|id| *id != target.id);
        let started_since = match (&intent.started_at, &target.started_at) {
            (Some(before), Some(now)) => before != now,
            // an engine that does not report a start time cannot be compared
            _ => false,
        };
        if recreated || started_since {
            return Self::Superseded;
        }
        let in_effect = match intent.action {
            FaultAction::Stop | FaultAction::Kill => !target.running,
            _ if !target.running => return Self::Superseded,
            FaultAction::Pause => target.paused,
            FaultAction::Disconnect => match intent.networks.as_slice() {
                [] => target.networks.is_empty(),
                before => before.iter().any(|was| target.networks.iter().all(|is| is.network != was.network)),
            },
            FaultAction::Apiserver => !has_manifest,
            FaultAction::Restore => false,
        };
        if in_effect { Self::InEffect } else { Self::NotInEffect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::NetworkAddress;

    fn address(network: &str) -> NetworkAddress {
        NetworkAddress { network: network.to_owned(), ipv4: None, ipv6: None }
    }

    fn intent(action: FaultAction) -> Intent {
        Intent {
            cluster: "demo".to_owned(),
            container: "demo-control-plane".to_owned(),
            action,
            pid: 1,
            asked: None,
            restore_at: None,
            id: Some("id".to_owned()),
            started_at: Some("1".to_owned()),
            networks: vec![address("kind")],
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
            networks: networks.iter().map(|network| address(network)).collect(),
        }
    }

    #[test]
    fn each_fault_is_in_effect_only_in_the_state_that_it_causes() {
        use ClaimState::{InEffect, NotInEffect, Superseded};
        for (action, target, has_manifest, expected) in [
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
            assert_eq!(ClaimState::of(&intent(action), &target, has_manifest), expected, "{action:?} {target:?}");
        }
    }

    #[test]
    fn a_recreated_container_with_the_same_name_is_superseded() {
        let mut other = target(false, false, "1", &[]);
        other.id = "another".to_owned();
        assert_eq!(ClaimState::of(&intent(FaultAction::Stop), &other, true), ClaimState::Superseded);
    }
}
