//! The lab: a kind cluster in this process, without Docker, for the same dashboard.
//!
//! The sources `kubernetes`, `health` and `traffic` talk to its real loopback sockets as they talk to a real cluster's.
//! In the place of the container engine and of the journals it speaks itself, through the same [`Feed`]. Its kubelets
//! make real calls in the real rhythms and write down the errors they really met; only names and addresses are a
//! story. It looks for nothing of a real engine, needs no root, no network beyond the loopback and no fixed port: any
//! number of labs run side by side. Everything in it ends with its token, or when it is dropped.
//!
//! | file | is |
//! |---|---|
//! | `version`, `topology`, `objects` | what the cluster is made of, as facts and JSON |
//! | `pace`, `dice` | its time and its chance |
//! | `store`, `api`, `server`, `gate` | objects, the API server's answers, its connections, its ports |
//! | `machine`, `controllers` | the control plane's container and what runs in it; the deeds |
//! | `kubelet`, `names` | the kubelets, and how they find the API server |
//! | `workload` | httpbin and its NodePorts |
//! | `engine`, `journal` | what the two missing sources would say |

mod api;
mod controllers;
mod dice;
mod engine;
mod gate;
mod journal;
mod kubeconfig;
mod kubelet;
mod machine;
mod names;
mod objects;
mod pace;
mod server;
mod store;
mod topology;
mod version;
mod workload;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex as SyncMutex, PoisonError},
};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use version::{UnknownVersion, Version};

use dice::Dice;
use engine::Engine;
use gate::Gate;
use kubeconfig::Refused;
use kubelet::{Ground, Journal, Kubelet};
use machine::{Machine, Made};
use names::Names;
use pace::Pace;
use store::Store;
use topology::{CLUSTER, Topology};
use workload::Workload;

use crate::{
    feed::Feed,
    observation::{Cluster, ClusterNode, FaultAction, RunningContainer},
};

/// How many workers a lab may have.
pub const WORKERS: std::ops::RangeInclusive<usize> = 1..=50;

/// What a lab is to be like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabOptions {
    /// Workers, 1 to 50.
    pub workers: usize,
    /// The same seed gives the same names, phases and waits.
    pub seed: u64,
    /// How many times faster than the real thing every wait is; 1 is real time. The session's clock stays what it is:
    /// the times in journals, objects and events are the session's.
    pub speed: f64,
    /// The Kubernetes version that it speaks as.
    pub kubernetes: Version,
}

impl Default for LabOptions {
    fn default() -> Self {
        Self { workers: 3, seed: 1, speed: 1.0, kubernetes: Version::default() }
    }
}

/// Why the lab cannot do something, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The number of workers makes no sense.
    #[error("a lab has {first} to {last} workers, not {0}", first = WORKERS.start(), last = WORKERS.end())]
    Workers(usize),
    /// A loopback port cannot be opened.
    #[error("the lab cannot open a port on the loopback: {0}")]
    Listen(#[source] io::Error),
    /// The deed makes no sense now.
    #[error("{container} is {is}: {} cannot be done to it now", name(*deed))]
    NotNow {
        /// The deed.
        deed: FaultAction,
        /// The container.
        container: String,
        /// What it is.
        is: &'static str,
    },
    /// There is no such pod of the workload.
    #[error("the lab's workload has no pod named {wanted}: it has {there}")]
    NoSuchPod {
        /// The name.
        wanted: String,
        /// Those there are.
        there: String,
    },
    /// There is no such worker.
    #[error("the lab has no worker named {0}")]
    NoSuchWorker(String),
    /// The kubeconfig cannot be written.
    #[error("the kubeconfig {path} cannot be written: {source}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// What has the kubeconfig's name was not written by a lab.
    #[error(
        "{path} exists and was not written by the lab, which never replaces it: choose another name for --write-kubeconfig"
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The lab is over.
    #[error("the lab has ended")]
    Ended,
}

fn name(deed: FaultAction) -> &'static str {
    match deed {
        FaultAction::Stop => "stop",
        FaultAction::Kill => "kill",
        FaultAction::Pause => "pause",
        FaultAction::Disconnect => "disconnect",
        FaultAction::Apiserver => "apiserver",
        FaultAction::Restore => "restore",
    }
}

/// A kind cluster in this process.
#[derive(Debug)]
pub struct Lab {
    cluster: Cluster,
    view: watch::Sender<Option<Cluster>>,
    url: String,
    machine: Arc<Mutex<Machine>>,
    ground: Ground,
    kubelets: SyncMutex<BTreeMap<String, Running>>,
    _node_ports: (Vec<Gate>, watch::Sender<bool>),
    cancel: CancellationToken,
    _end: DropGuard,
}

/// A worker's kubelet.
#[derive(Debug)]
struct Running {
    journal: Journal,
    life: CancellationToken,
}

impl Lab {
    /// Starts a cluster that has been running for a while. It says what the engine and the journals say through `feed`,
    /// and ends with `cancel`, or when it is dropped. Needs a tokio runtime around it.
    pub fn start(options: LabOptions, feed: Feed, cancel: CancellationToken) -> Result<Self, LabError> {
        if !WORKERS.contains(&options.workers) {
            return Err(LabError::Workers(options.workers));
        }
        let life = cancel.child_token();
        let end = life.clone().drop_guard();
        let pace = Pace::new(feed.clock(), options.speed);
        let dice = Dice::new(options.seed);
        let topology = Arc::new(Topology::new(options.workers, options.kubernetes, &dice));
        let workload = Workload::new(&topology, &dice);
        let store = Store::new();
        let now = pace.now();
        objects::furnish(&store, &topology, now);
        let (name, there) = watch::channel(None);
        let ground = Ground {
            names: Names::new(&topology.control_plane, there),
            topology: topology.clone(),
            pace,
            dice,
            workload: workload.clone(),
        };
        let engine = Engine::new(feed.clone(), life.clone(), pace);
        let Made { machine, published } =
            Machine::set_up(ground.clone(), store, engine.clone(), name, life.clone()).map_err(LabError::Listen)?;
        // workers are never frozen
        let (awake, never) = watch::channel(false);
        let node_ports: io::Result<Vec<_>> =
            topology.workers.iter().map(|_| workload.node_port(never.clone(), life.clone())).collect();
        let node_ports = node_ports.map_err(LabError::Listen)?;
        let cluster = described(&topology, published.to_string(), &node_ports);
        let members: Vec<_> = topology.members().cloned().collect();
        let since = now - chrono::Duration::minutes(7);
        tokio::spawn(life.clone().run_until_cancelled_owned(engine.introduce(cluster.clone(), members, since)));
        let mut kubelets = BTreeMap::new();
        for worker in &topology.workers {
            let (journal, teller) = journal::open(&worker.name, feed.clone());
            tokio::spawn(teller.run(life.clone()));
            let running = Running { journal, life: life.child_token() };
            Kubelet::start(&ground, worker, Some(running.journal.clone()), 0, &running.life);
            kubelets.insert(worker.name.clone(), running);
        }
        Ok(Self {
            view: watch::Sender::new(Some(cluster.clone())),
            cluster,
            url: format!("http://{published}"),
            machine: Arc::new(Mutex::new(machine)),
            ground,
            kubelets: SyncMutex::new(kubelets),
            _node_ports: (node_ports, awake),
            cancel: life,
            _end: end,
        })
    }

    /// The cluster, as the engine would describe it: with the loopback addresses of its API server and NodePorts.
    pub fn cluster(&self) -> Cluster {
        self.cluster.clone()
    }

    /// The cluster, for sources that follow it.
    pub fn view(&self) -> watch::Receiver<Option<Cluster>> {
        self.view.subscribe()
    }

    /// Where its API server is: plain HTTP, without users.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Does it to the control plane, and returns when the engine would say that it is done: a stop takes eleven
    /// seconds. A deed that is under way is waited for. It is done whole, also when nobody waits for it any more.
    pub async fn carry_out(&self, deed: FaultAction) -> Result<(), LabError> {
        let machine = self.machine.clone();
        let done = async move { machine.lock().await.carry_out(deed).await };
        let done = tokio::spawn(self.cancel.clone().run_until_cancelled_owned(done));
        done.await.ok().flatten().unwrap_or(Err(LabError::Ended))
    }

    /// Writes a kubeconfig whose only context is the lab; one that a lab wrote before is replaced.
    ///
    /// # Errors
    ///
    /// If something else has that name, or if the file can't be written.
    pub fn write_kubeconfig(&self, path: &Path) -> Result<(), LabError> {
        kubeconfig::write(path, &self.url).map_err(|refused| match refused {
            Refused::NotOurs => LabError::NotOurs { path: path.to_owned() },
            Refused::Io(source) => LabError::Kubeconfig { path: path.to_owned(), source },
        })
    }

    /// The names of the workload's pods.
    pub fn pods(&self) -> Vec<String> {
        self.ground.workload.names().map(str::to_owned).collect()
    }

    /// Ends the container of one of the workload's pods, as a crash does. Its kubelet starts it again.
    pub fn crash_pod(&self, pod: &str) -> Result<(), LabError> {
        if self.ground.workload.crash(pod) {
            return Ok(());
        }
        Err(LabError::NoSuchPod { wanted: pod.to_owned(), there: self.pods().join(", ") })
    }

    /// The containers that run in a worker, as its container runtime would list them. Those of the cluster itself are a
    /// story and never end.
    pub fn containers(&self, worker: &str) -> Vec<RunningContainer> {
        let listed = |plan: &topology::PodPlan| {
            let attempt = match self.ground.workload.process(&plan.name) {
                Some(process) => process.attempt()?,
                None => 0,
            };
            Some(RunningContainer {
                pod: format!("{}/{}", plan.namespace, plan.name),
                name: plan.app.to_owned(),
                attempt,
                id: self.ground.dice.of(&format!("{}/{attempt}", plan.uid)).hex(13),
            })
        };
        self.ground.topology.pods_on(worker).filter_map(listed).collect()
    }

    /// Ends a worker's kubelet; its containers run on.
    pub fn stop_kubelet(&self, worker: &str) -> Result<(), LabError> {
        let kubelets = self.kubelets.lock().unwrap_or_else(PoisonError::into_inner);
        let running = kubelets.get(worker).ok_or_else(|| LabError::NoSuchWorker(worker.to_owned()))?;
        running.life.cancel();
        Ok(())
    }

    /// Starts a worker's kubelet again.
    pub fn start_kubelet(&self, worker: &str) -> Result<(), LabError> {
        let mut kubelets = self.kubelets.lock().unwrap_or_else(PoisonError::into_inner);
        let running = kubelets.get_mut(worker).ok_or_else(|| LabError::NoSuchWorker(worker.to_owned()))?;
        let member = self.ground.topology.workers.iter().find(|member| member.name == worker);
        let member = member.ok_or_else(|| LabError::NoSuchWorker(worker.to_owned()))?;
        running.life.cancel();
        running.life = self.cancel.child_token();
        Kubelet::start(&self.ground, member, Some(running.journal.clone()), 0, &running.life);
        Ok(())
    }
}

fn described(topology: &Topology, api_endpoint: String, node_ports: &[Gate]) -> Cluster {
    let ports = std::iter::once(None).chain(node_ports.iter().map(|gate| Some(gate.address().to_string())));
    let nodes = topology.members().zip(ports);
    Cluster {
        name: CLUSTER.to_owned(),
        context: CLUSTER.to_owned(),
        api_endpoint: Some(api_endpoint),
        nodes: nodes
            .map(|(member, node_port)| ClusterNode { name: member.name.clone(), role: member.role, node_port })
            .collect(),
    }
}
