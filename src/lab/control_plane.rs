//! The control plane's container: what runs in it, and what a fault does to it.
//!
//! The engine's view of the container, its network (DNS record, two ports) and its processes (API server, controllers,
//! kubelet) change here and nowhere else, in the order and at the times recorded on a real kind cluster
//! (`tests/fixtures/logs`). Faults are applied one at a time. A start goes on in the background after the engine has
//! reported it, as it does there.

mod components;
mod controllers;
mod faults;
mod ports;
mod start;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use components::OtherComponents;
use controllers::Controllers;
use ports::ApiPorts;
use start::{StartSequence, StartTimes};

use super::{
    api::{ApiHandler, ServingPhase},
    cluster::{store::ObjectStore, topology::LabNode},
    context::LabContext,
    engine::LabEngine,
    net::server::{ApiServer, proxy_without_backend},
    rng::Rng,
    time_scale::TimeScale,
};

/// What runs in the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContainerStatus {
    Running,
    Paused,
    /// Running without a network.
    Disconnected,
    /// Running without the API server's static pod.
    WithoutApiServer,
    Exited,
}

/// The control plane's container.
#[derive(Debug)]
pub(super) struct ControlPlaneContainer {
    node: LabNode,
    context: LabContext,
    store: ObjectStore,
    engine: LabEngine,
    time: TimeScale,
    rng: Rng,
    /// Ends everything in the container.
    shutdown: CancellationToken,
    api: Arc<ApiHandler>,
    phase: watch::Sender<ServingPhase>,
    /// True while the API server neither accepts nor answers.
    frozen: watch::Sender<bool>,
    /// The loopback address that the control plane's name resolves to; `None` while the name does not exist.
    dns_record: watch::Sender<Option<SocketAddr>>,
    ports: Arc<Mutex<ApiPorts>>,
    server: ApiServer,
    /// Ends the start-up and the components beside the API server.
    components: CancellationToken,
    status: ContainerStatus,
    /// Number of times that the container was started again.
    restarts: u32,
}

/// A control plane that has just been created, and the address of its API server on the host.
pub(super) struct NewControlPlane {
    pub(super) container: ControlPlaneContainer,
    pub(super) published: SocketAddr,
}

impl ControlPlaneContainer {
    /// Creates a control plane that has been running for a while. Its loopback address is sent to `dns_record`.
    ///
    /// # Errors
    ///
    /// If a loopback port can't be opened.
    pub(super) fn create(
        context: LabContext,
        store: ObjectStore,
        engine: LabEngine,
        dns_record: watch::Sender<Option<SocketAddr>>,
        shutdown: CancellationToken,
    ) -> io::Result<NewControlPlane> {
        // the name of the stream is part of what a seed means: it stays as it is
        let (time, rng) = (context.time, context.rng.stream("machine"));
        let (phase, current_phase) = watch::channel(ServingPhase::Ready);
        let frozen = watch::Sender::new(false);
        let api = Arc::new(ApiHandler::new(store.clone(), context.topology.version, time, current_phase, &rng));
        let server = ApiServer::new(api.clone(), frozen.subscribe(), &shutdown);
        let ports = ApiPorts::open(&server, &frozen, &shutdown)?;
        let published = ports.published.address();
        dns_record.send_replace(Some(ports.internal.address()));
        let container = Self {
            node: context.topology.control_plane.clone(),
            components: shutdown.child_token(),
            ports: Arc::new(Mutex::new(ports)),
            status: ContainerStatus::Running,
            restarts: 0,
            context,
            store,
            engine,
            time,
            rng,
            shutdown,
            api,
            phase,
            frozen,
            dns_record,
            server,
        };
        container.other_components().start(Duration::ZERO, 0);
        Ok(NewControlPlane { container, published })
    }

    fn other_components(&self) -> OtherComponents {
        let controllers = Controllers {
            store: self.store.clone(),
            workload: self.context.workload.clone(),
            time: self.time,
            version: self.context.topology.version,
        };
        OtherComponents {
            controllers,
            context: self.context.clone(),
            node: self.node.clone(),
            shutdown: self.components.clone(),
        }
    }

    /// Closes the API server to new connections: the internal port refuses, the published one has no backend. The
    /// connections must be ended after that, or a client that loses one would still get in again.
    async fn close_api(&self) -> io::Result<()> {
        self.components.cancel();
        let mut ports = self.ports.lock().await;
        ports.internal.close().await;
        ports.published.open(proxy_without_backend(&self.rng)).await
    }

    /// Begins a new run of the API server, which goes through the steps of `times` in the background.
    fn begin_start(&mut self, times: StartTimes) {
        self.server.kill();
        self.components.cancel();
        self.components = self.shutdown.child_token();
        self.server = ApiServer::new(self.api.clone(), self.frozen.subscribe(), &self.shutdown);
        let sequence = StartSequence {
            times,
            time: self.time,
            store: self.store.clone(),
            phase: self.phase.clone(),
            ports: self.ports.clone(),
            server: self.server.clone(),
            other_components: self.other_components(),
            restarts: self.restarts,
        };
        tokio::spawn(self.components.clone().run_until_cancelled_owned(sequence.run()));
    }
}
