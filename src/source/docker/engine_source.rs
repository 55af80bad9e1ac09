//! Inputs and outputs of the engine source.

use tokio::sync::watch;

use super::discovery::Discovery;
use crate::{engine::Engine, observation::Cluster};

/// Inputs of the engine source, and the channels for its findings.
#[derive(Debug)]
pub struct EngineSource {
    /// Engine that is watched.
    pub engine: Engine,
    /// NodePort of the workload, whose published port is looked up for each worker.
    pub node_port: u16,
    /// Name of the cluster to watch, which may change. `None` for the only cluster.
    pub choice: watch::Receiver<Option<String>>,
    /// State of the search. A cluster that was found stays found until the choice changes.
    pub discovery: watch::Sender<Discovery>,
    /// The cluster, for the sources that need its addresses.
    pub cluster: watch::Sender<Option<Cluster>>,
}
