//! The workload: httpbin's containers, and the NodePort of each worker.
//!
//! Nothing here depends on the control plane: a container answers while it runs, and a NodePort leads where
//! kube-proxy's rules led last. As with those rules, a connection goes to a container directly (without a proxy in
//! between), the container is chosen at random, and one that does not run refuses the connection.

mod container;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::TcpStream, sync::watch};
use tokio_util::sync::CancellationToken;

pub(super) use container::WorkloadContainer;

use super::{
    cluster::topology::Topology,
    net::port::{ConnectionHandler, LoopbackPort},
    rng::Rng,
};

/// The containers of the workload, and kube-proxy's rules. Copies share them.
#[derive(Clone)]
pub(super) struct Workload {
    containers: Arc<BTreeMap<String, WorkloadContainer>>,
    rules: Arc<Mutex<ProxyRules>>,
}

/// kube-proxy's rules for the NodePort, the same on every worker.
struct ProxyRules {
    /// Names of the pods that receive connections.
    endpoints: Vec<String>,
    rng: Rng,
}

impl fmt::Debug for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.containers.keys()).finish()
    }
}

impl Workload {
    /// Creates the workload of a cluster: every container runs, and every pod is an endpoint.
    pub(super) fn new(topology: &Topology, rng: &Rng) -> Self {
        let containers: BTreeMap<_, _> =
            topology.workload().map(|pod| (pod.name.clone(), WorkloadContainer::new(&pod.name))).collect();
        let endpoints = containers.keys().cloned().collect();
        Self {
            containers: Arc::new(containers),
            rules: Arc::new(Mutex::new(ProxyRules { endpoints, rng: rng.stream("kube-proxy") })),
        }
    }

    /// Iterates over the names of the pods.
    pub(super) fn pods(&self) -> impl Iterator<Item = &str> {
        self.containers.keys().map(String::as_str)
    }

    /// Returns the container of a pod; `None` if the pod is not one of the workload.
    pub(super) fn container(&self, pod: &str) -> Option<WorkloadContainer> {
        self.containers.get(pod).cloned()
    }

    /// Replaces the endpoints of kube-proxy's rules.
    pub(super) fn set_endpoints(&self, endpoints: Vec<String>) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).endpoints = endpoints;
    }

    /// Opens the NodePort of a worker.
    ///
    /// # Errors
    ///
    /// If no loopback port can be opened.
    pub(super) fn node_port(
        &self,
        frozen: watch::Receiver<bool>,
        shutdown: CancellationToken,
    ) -> io::Result<LoopbackPort> {
        let workload = self.clone();
        let mut port = LoopbackPort::new(frozen, shutdown)?;
        port.open_now(ConnectionHandler::new(move |stream| workload.balance(stream)))?;
        Ok(port)
    }

    /// Hands a connection to a random endpoint (iptables' `statistic mode random`); resets it if there is none.
    fn balance(&self, stream: TcpStream) {
        let chosen = {
            let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            let count = rules.endpoints.len();
            let index = rules.rng.index(count);
            rules.endpoints.get(index).and_then(|pod| self.containers.get(pod)).cloned()
        };
        match chosen {
            Some(container) => container.accept(stream),
            None => {
                let _best_effort = stream.set_zero_linger();
            }
        }
    }
}
