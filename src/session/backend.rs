//! The cluster that a session works on: a real one behind a container engine, or the lab.

use std::sync::Arc;

use crate::{engine::Engine, lab::Lab, source::access::ApiAccess};

/// The target of sources and faults.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    /// A kind cluster of a container engine.
    Engine {
        engine: Engine,
        /// How to reach the API server.
        access: ApiAccess,
    },
    /// The lab in this process.
    Lab(Arc<Lab>),
}
