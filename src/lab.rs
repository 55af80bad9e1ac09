//! The lab: a kind cluster in this process, without Docker, for the same dashboard.
//!
//! The sources `kubernetes`, `health` and `traffic` talk to the lab's loopback sockets as they do to a real cluster's.
//! In place of the container engine and of the journals, the lab sends observations itself, through the same [`Feed`].
//! Its kubelets make real calls at the intervals of real ones and log the errors of those calls; only names and
//! addresses are made up.
//!
//! The lab needs no container engine, no root, no network beyond the loopback and no fixed port, so any number of labs
//! run side by side. Everything in it ends when its token is cancelled, or when it is dropped.
//!
//! | module | contents |
//! |---|---|
//! | `cluster` | nodes, pods, names and version; the Kubernetes objects and their store |
//! | `net`, `api` | ports and connections; the API server's responses |
//! | `control_plane` | the control plane's container, its start, its controllers, and the faults |
//! | `kubelet` | the kubelets: heartbeats, reflectors, events, pods, and their journals |
//! | `workload` | httpbin and its NodePorts |
//! | `engine`, `journal` | the observations of the container engine and of the journals |
//! | `time_scale`, `rng` | the lab's time and its random numbers |

mod api;
mod cluster;
mod context;
mod control_plane;
mod engine;
mod error;
mod journal;
mod kubeconfig;
mod kubelet;
mod net;
mod options;
mod rng;
mod time_scale;
mod workload;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex as SyncMutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use cluster::version::{KubernetesVersion, UnknownKubernetesVersion};
pub use error::LabError;
pub use options::{LabOptions, WORKERS};

use cluster::{
    dns::ClusterDns,
    populate::populate,
    store::ObjectStore,
    topology::{CLUSTER, LabPod, Topology},
};
use context::LabContext;
use control_plane::{ControlPlaneContainer, NewControlPlane};
use engine::LabEngine;
use journal::JournalForwarder;
use kubeconfig::KubeconfigError;
use kubelet::KubeletJournal;
use net::port::LoopbackPort;
use rng::Rng;
use time_scale::TimeScale;
use workload::Workload;

use crate::{
    feed::Feed,
    observation::{Cluster, ClusterNode, FaultAction, RunningContainer},
};

/// Age of the cluster when the session begins.
const CLUSTER_AGE: chrono::Duration = chrono::Duration::minutes(7);

/// A kind cluster in this process.
#[derive(Debug)]
pub struct Lab {
    cluster: Cluster,
    view: watch::Sender<Option<Cluster>>,
    url: String,
    control_plane: Arc<Mutex<ControlPlaneContainer>>,
    context: LabContext,
    kubelets: SyncMutex<BTreeMap<String, RunningKubelet>>,
    /// The ports, and the sender that keeps them from being frozen.
    _node_ports: (Vec<LoopbackPort>, watch::Sender<bool>),
    shutdown: CancellationToken,
    _shutdown_on_drop: DropGuard,
}

/// The kubelet of a worker.
#[derive(Debug)]
struct RunningKubelet {
    journal: KubeletJournal,
    shutdown: CancellationToken,
}

impl Lab {
    /// Starts a cluster that has been running for a while, inside a tokio runtime. The observations of its engine and
    /// its journals are sent to `feed`. The lab ends when `cancel` is cancelled, or when it is dropped.
    ///
    /// # Errors
    ///
    /// If the number of workers is not in [`WORKERS`], or if a loopback port can't be opened.
    pub fn start(options: LabOptions, feed: Feed, cancel: CancellationToken) -> Result<Self, LabError> {
        if !WORKERS.contains(&options.workers) {
            return Err(LabError::Workers(options.workers));
        }
        let shutdown = cancel.child_token();
        let shutdown_on_drop = shutdown.clone().drop_guard();
        let time = TimeScale::new(feed.clock(), options.speed);
        let rng = Rng::new(options.seed);
        let topology = Arc::new(Topology::new(options.workers, options.kubernetes, &rng));
        let workload = Workload::new(&topology, &rng);
        let store = ObjectStore::new();
        let (now, created) = (time.now(), time.now() - CLUSTER_AGE);
        populate(&store, &topology, created, now);
        let (dns_record, record) = watch::channel(None);
        let dns = ClusterDns::new(&topology.control_plane, record);
        let context = LabContext { dns, topology: topology.clone(), time, rng, workload: workload.clone() };
        let engine = LabEngine::new(feed.clone(), shutdown.clone(), time);
        let NewControlPlane { container, published } =
            ControlPlaneContainer::create(context.clone(), store, engine.clone(), dns_record, shutdown.clone())
                .map_err(LabError::Listen)?;
        // no fault freezes a worker
        let (frozen, never) = watch::channel(false);
        let node_ports: io::Result<Vec<_>> =
            topology.workers.iter().map(|_| workload.node_port(never.clone(), shutdown.clone())).collect();
        let node_ports = node_ports.map_err(LabError::Listen)?;
        let cluster = describe(&topology, published.to_string(), &node_ports);
        let nodes: Vec<_> = topology.nodes().cloned().collect();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(engine.introduce(cluster.clone(), nodes, created)));
        let mut kubelets = BTreeMap::new();
        for worker in &topology.workers {
            let (journal, forwarder) = JournalForwarder::new(&worker.name, feed.clone());
            tokio::spawn(forwarder.run(shutdown.clone()));
            let running = RunningKubelet { journal, shutdown: shutdown.child_token() };
            kubelet::start(&context, worker, Some(running.journal.clone()), 0, &running.shutdown);
            kubelets.insert(worker.name.clone(), running);
        }
        Ok(Self {
            view: watch::Sender::new(Some(cluster.clone())),
            cluster,
            url: format!("http://{published}"),
            control_plane: Arc::new(Mutex::new(container)),
            context,
            kubelets: SyncMutex::new(kubelets),
            _node_ports: (node_ports, frozen),
            shutdown,
            _shutdown_on_drop: shutdown_on_drop,
        })
    }

    /// Returns the cluster as the engine would describe it, with the loopback addresses of its API server and
    /// NodePorts.
    pub fn cluster(&self) -> Cluster {
        self.cluster.clone()
    }

    /// Returns the cluster for sources that watch its description, which never changes in a lab.
    pub fn view(&self) -> watch::Receiver<Option<Cluster>> {
        self.view.subscribe()
    }

    /// Returns the URL of the API server: plain HTTP, without authentication.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Applies a fault to the control plane, or undoes the last one. Returns when the engine would report that it is
    /// done (a stop takes 11 s), after any earlier fault. The fault goes on if the caller stops waiting.
    ///
    /// # Errors
    ///
    /// If the fault is not possible now, if a port can't be opened, or if the lab has ended.
    pub async fn carry_out(&self, action: FaultAction) -> Result<(), LabError> {
        let control_plane = self.control_plane.clone();
        let done = async move { control_plane.lock().await.carry_out(action).await };
        let done = tokio::spawn(self.shutdown.clone().run_until_cancelled_owned(done));
        done.await.ok().flatten().unwrap_or(Err(LabError::Ended))
    }

    /// Writes a kubeconfig whose only context is the lab. Replaces one that a lab has written.
    ///
    /// # Errors
    ///
    /// If `path` is anything else, or if it can't be written.
    pub fn write_kubeconfig(&self, path: &Path) -> Result<(), LabError> {
        kubeconfig::write(path, &self.url).map_err(|error| match error {
            KubeconfigError::NotOurs => LabError::NotOurs { path: path.to_owned() },
            KubeconfigError::Io(source) => LabError::Kubeconfig { path: path.to_owned(), source },
        })
    }

    /// Returns the names of the workload's pods.
    pub fn pods(&self) -> Vec<String> {
        self.context.workload.pods().map(str::to_owned).collect()
    }

    /// Ends the container of one of the workload's pods, as a crash does. Its kubelet starts it again.
    ///
    /// # Errors
    ///
    /// If the workload has no such pod.
    pub fn crash_pod(&self, pod: &str) -> Result<(), LabError> {
        match self.context.workload.container(pod) {
            Some(container) => {
                container.crash();
                Ok(())
            }
            None => Err(LabError::NoSuchPod { name: pod.to_owned(), pods: self.pods().join(", ") }),
        }
    }

    /// Returns the containers that run in a worker, as its container runtime would list them. Those that are not of the
    /// workload always run.
    pub fn containers(&self, worker: &str) -> Vec<RunningContainer> {
        let running = |pod: &LabPod| {
            let attempt = match self.context.workload.container(&pod.name) {
                Some(container) => container.attempt()?,
                None => 0,
            };
            Some(RunningContainer {
                pod: format!("{}/{}", pod.namespace, pod.name),
                name: pod.app.to_owned(),
                attempt,
                id: self.context.rng.stream(&format!("{}/{attempt}", pod.uid)).hex(13),
            })
        };
        self.context.topology.pods_on(worker).filter_map(running).collect()
    }

    /// Stops the kubelet of a worker; its containers go on.
    ///
    /// # Errors
    ///
    /// If the lab has no such worker.
    pub fn stop_kubelet(&self, worker: &str) -> Result<(), LabError> {
        let kubelets = self.kubelets();
        let kubelet = kubelets.get(worker).ok_or_else(|| LabError::NoSuchWorker(worker.to_owned()))?;
        kubelet.shutdown.cancel();
        Ok(())
    }

    /// Starts the kubelet of a worker again, stopping it first if it runs.
    ///
    /// # Errors
    ///
    /// If the lab has no such worker.
    pub fn start_kubelet(&self, worker: &str) -> Result<(), LabError> {
        let no_such_worker = || LabError::NoSuchWorker(worker.to_owned());
        let mut kubelets = self.kubelets();
        let kubelet = kubelets.get_mut(worker).ok_or_else(no_such_worker)?;
        let node = self.context.topology.workers.iter().find(|node| node.name == worker).ok_or_else(no_such_worker)?;
        kubelet.shutdown.cancel();
        kubelet.shutdown = self.shutdown.child_token();
        kubelet::start(&self.context, node, Some(kubelet.journal.clone()), 0, &kubelet.shutdown);
        Ok(())
    }

    fn kubelets(&self) -> MutexGuard<'_, BTreeMap<String, RunningKubelet>> {
        self.kubelets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Describes the cluster as the container engine would.
fn describe(topology: &Topology, api_endpoint: String, node_ports: &[LoopbackPort]) -> Cluster {
    // the control plane, which comes first, publishes no NodePort
    let ports = std::iter::once(None).chain(node_ports.iter().map(|port| Some(port.address().to_string())));
    let nodes = topology.nodes().zip(ports);
    Cluster {
        name: CLUSTER.to_owned(),
        context: CLUSTER.to_owned(),
        api_endpoint: Some(api_endpoint),
        nodes: nodes
            .map(|(node, node_port)| ClusterNode { name: node.name.clone(), role: node.role, node_port })
            .collect(),
    }
}
