//! Name resolution in the cluster's network.
//!
//! A node's name exists while its container is attached to the network. It resolves to a loopback address; journals
//! show the address of the simulated network instead.

use std::{net::SocketAddr, sync::Arc};

use tokio::sync::watch;

use super::topology::{API_PORT, DNS_SERVER, LabNode};

/// The control plane's DNS record, as the other nodes resolve it. Copies share it.
#[derive(Debug, Clone)]
pub(in crate::lab) struct ClusterDns {
    host: Arc<str>,
    address: Arc<str>,
    record: watch::Receiver<Option<SocketAddr>>,
}

impl ClusterDns {
    /// `record` is the loopback address of the API server; `None` while the name does not exist.
    pub(in crate::lab) fn new(control_plane: &LabNode, record: watch::Receiver<Option<SocketAddr>>) -> Self {
        Self { host: control_plane.name.as_str().into(), address: control_plane.address.as_str().into(), record }
    }

    /// Returns the name of the control plane's node.
    pub(in crate::lab) fn host(&self) -> &str {
        &self.host
    }

    /// Returns `HOST:PORT` of the API server, as in a kubelet's kubeconfig.
    pub(in crate::lab) fn authority(&self) -> String {
        format!("{}:{API_PORT}", self.host)
    }

    /// Returns `IP:PORT` of the API server in the simulated network, as journals show it.
    pub(in crate::lab) fn shown_address(&self) -> String {
        format!("{}:{API_PORT}", self.address)
    }

    /// Resolves the control plane's name; `None` while it does not exist.
    pub(in crate::lab) fn resolve(&self) -> Option<SocketAddr> {
        *self.record.borrow()
    }

    /// Returns the error of Go's resolver for a name that does not exist.
    pub(in crate::lab) fn no_such_host(&self) -> String {
        format!("dial tcp: lookup {} on {DNS_SERVER}: no such host", self.host)
    }
}
