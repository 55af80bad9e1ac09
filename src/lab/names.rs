//! The names of the cluster's network, and where they lead: the lab's own name resolution.
//!
//! A name exists while its container is attached to the network. What it leads to is a loopback address; what is
//! written of it is the container's address in the story.

use std::{net::SocketAddr, sync::Arc};

use tokio::sync::watch;

use super::topology::{API_PORT, Member, NAME_SERVER};

/// The network, as one who asks for names sees it.
#[derive(Debug, Clone)]
pub(super) struct Names {
    host: Arc<str>,
    address: Arc<str>,
    there: watch::Receiver<Option<SocketAddr>>,
}

impl Names {
    /// `there`: where the control plane is, while it has a name.
    pub(super) fn new(control_plane: &Member, there: watch::Receiver<Option<SocketAddr>>) -> Self {
        Self { host: control_plane.name.as_str().into(), address: control_plane.address.as_str().into(), there }
    }

    /// The control plane's name.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Where a kubelet's kubeconfig leads.
    pub(super) fn authority(&self) -> String {
        format!("{}:{API_PORT}", self.host)
    }

    /// The control plane's address, as journals have it.
    pub(super) fn address(&self) -> String {
        format!("{}:{API_PORT}", self.address)
    }

    /// Where the control plane is; nothing while its name does not exist.
    pub(super) fn look_up(&self) -> Option<SocketAddr> {
        *self.there.borrow()
    }

    /// The words of a name that does not exist.
    pub(super) fn no_such_host(&self) -> String {
        format!("dial tcp: lookup {} on {NAME_SERVER}: no such host", self.host)
    }
}
