//! The components that run in the control plane's container beside the API server.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::controllers::Controllers;
use crate::lab::{cluster::topology::LabNode, context::LabContext, kubelet};

/// The controllers and the control plane's own kubelet.
pub(super) struct OtherComponents {
    pub(super) controllers: Controllers,
    pub(super) context: LabContext,
    pub(super) node: LabNode,
    /// Ends all of them.
    pub(super) shutdown: CancellationToken,
}

impl OtherComponents {
    /// Starts the components; the controllers act after `election`, once they have their leases.
    pub(super) fn start(self, election: Duration, restarts: u32) {
        tokio::spawn(self.shutdown.clone().run_until_cancelled_owned(self.controllers.run(election)));
        // without a journal: no source reads the control plane's
        kubelet::start(&self.context, &self.node, None, restarts, &self.shutdown);
    }
}
