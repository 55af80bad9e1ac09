//! The two ports of the API server.

use std::io;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::lab::net::{port::LoopbackPort, server::ApiServer};

/// The loopback ports that stand for the two addresses of the API server.
#[derive(Debug)]
pub(super) struct ApiPorts {
    /// The port that the engine publishes on the host.
    pub(super) published: LoopbackPort,
    /// The API server's own port, in the cluster's network.
    pub(super) internal: LoopbackPort,
}

impl ApiPorts {
    /// Opens both ports for `server`.
    ///
    /// # Errors
    ///
    /// If one can't be opened.
    pub(super) fn open(
        server: &ApiServer,
        frozen: &watch::Sender<bool>,
        shutdown: &CancellationToken,
    ) -> io::Result<Self> {
        let mut ports = Self {
            published: LoopbackPort::new(frozen.subscribe(), shutdown.clone())?,
            internal: LoopbackPort::new(frozen.subscribe(), shutdown.clone())?,
        };
        ports.published.open_now(server.host_handler())?;
        ports.internal.open_now(server.kubelet_handler())?;
        Ok(ports)
    }
}
