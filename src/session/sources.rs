//! The running sources: started here, ended here, and missed here when one ends by itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{Id, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{SessionTarget, fault_dispatcher::Backend};
use crate::{
    engine::Engine,
    feed::Feed,
    lab::{Lab, LabError},
    observation::{Cluster, ListedResource, SourceId},
    source::{
        ClusterView, Notifier, SourceContext,
        access::ApiAccess,
        docker::{self, Discovery, EngineSource},
        health, journal, kubernetes, runtime, traffic,
    },
};

/// How long the sources may take to leave nothing behind in the workers.
const CLOSING: Duration = Duration::from_millis(1_500);

/// The running sources.
#[derive(Debug)]
pub(super) struct SourceTasks {
    context: SourceContext,
    ground: Ground,
    tasks: JoinSet<()>,
    names: HashMap<Id, SourceId>,
    choice: watch::Sender<Option<String>>,
    discovery: watch::Receiver<Discovery>,
    /// Whether the search is over for good.
    searched: bool,
}

/// What the sources stand on.
#[derive(Debug, Clone)]
enum Ground {
    Engine(Engine, ApiAccess),
    Lab(Arc<Lab>),
}

/// TaskEvent of the sources themselves.
#[derive(Debug)]
pub(super) enum TaskEvent {
    /// The search for the cluster has come further.
    Discovery(Discovery),
    /// A source has ended by itself.
    Ended {
        /// Which.
        source: Option<SourceId>,
        /// Whether it panicked.
        crashed: bool,
    },
}

impl SourceTasks {
    /// Starts everything that needs no worker's name.
    pub(super) fn new(target: &SessionTarget, feed: Feed) -> Result<Self, LabError> {
        let context = SourceContext::new(feed, CancellationToken::new());
        let (found, discovery) = watch::channel(Discovery::default());
        match target {
            SessionTarget::Kind { engine, cluster, access, node_port } => {
                let (choice, chosen) = watch::channel(cluster.clone());
                let (told, view) = watch::channel::<Option<Cluster>>(None);
                let mut plant = Self::bare(context, Ground::Engine(engine.clone(), access.clone()), choice, discovery);
                let docker = EngineSource {
                    engine: engine.clone(),
                    node_port: *node_port,
                    choice: chosen,
                    discovery: found,
                    cluster: told,
                };
                plant.spawn(SourceId::Docker, |context| docker::run(context, docker));
                let (engine, workers) = (engine.clone(), view.clone());
                plant.spawn(SourceId::Runtime, |context| {
                    runtime::run(context, workers, move |worker| runtime::crictl(engine.clone(), worker))
                });
                plant.api_and_traffic(access, view, *node_port);
                Ok(plant)
            }
            SessionTarget::Lab { options, kubeconfig } => {
                let lab = Arc::new(Lab::start(*options, context.feed.clone(), context.cancel.clone())?);
                if let Some(path) = kubeconfig {
                    lab.write_kubeconfig(path)?;
                }
                found.send_replace(Discovery::Found(lab.cluster()));
                let (access, view) = (ApiAccess::Plain { url: lab.url() }, lab.view());
                let (choice, _) = watch::channel(None);
                let mut plant = Self::bare(context, Ground::Lab(lab.clone()), choice, discovery);
                let workers = view.clone();
                plant.spawn(SourceId::Runtime, |context| {
                    runtime::run(context, workers, move |worker| {
                        let (lab, looked) = (lab.clone(), worker.clone());
                        std::future::ready(Ok(lab.containers(&looked)))
                    })
                });
                plant.api_and_traffic(&access, view, 0);
                Ok(plant)
            }
        }
    }

    fn bare(
        context: SourceContext,
        ground: Ground,
        choice: watch::Sender<Option<String>>,
        mut discovery: watch::Receiver<Discovery>,
    ) -> Self {
        // what is known already is task_event as well
        discovery.mark_changed();
        Self { context, ground, tasks: JoinSet::new(), names: HashMap::new(), choice, discovery, searched: false }
    }

    /// Starts the sources that talk to the API server and the workload: the same for a real cluster and the lab.
    fn api_and_traffic(&mut self, access: &ApiAccess, view: ClusterView, node_port: u16) {
        for (source, resource) in [
            (SourceId::Nodes, ListedResource::Nodes),
            (SourceId::Pods, ListedResource::Pods),
            (SourceId::Leases, ListedResource::Leases),
        ] {
            let (access, view) = (access.clone(), view.clone());
            self.spawn(source, |context| kubernetes::run(context, resource, access, view));
        }
        let (access, seen) = (access.clone(), view.clone());
        self.spawn(SourceId::Health, |context| health::run(context, access, seen));
        self.spawn(SourceId::Traffic, |context| traffic::run(context, view, node_port));
    }

    /// Who does what the operator asks for here.
    pub(super) fn backend(&self) -> Backend {
        match &self.ground {
            Ground::Lab(lab) => Backend::Lab(Arc::clone(lab)),
            Ground::Engine(engine, access) => Backend::Engine { engine: engine.clone(), access: access.clone() },
        }
    }

    fn spawn<F>(&mut self, source: SourceId, run: impl FnOnce(SourceContext) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = self.tasks.spawn(run(self.context.clone()));
        self.names.insert(task.id(), source);
    }

    /// Starts the journal of each worker that has none yet.
    pub(super) fn journals(&mut self, cluster: &Cluster) {
        // the lab's kubelets speak for themselves
        let Ground::Engine(engine, _) = self.ground.clone() else { return };
        for worker in cluster.workers() {
            let source = SourceId::Journal(worker.name.clone());
            if !self.names.values().any(|known| *known == source) {
                let (engine, name) = (engine.clone(), worker.name.clone());
                self.spawn(source, |context| journal::run(context, engine, name, journal::HISTORY));
            }
        }
    }

    /// The signal that has the sources connect anew.
    pub(super) fn woken(&self) -> Notifier {
        self.context.woken.clone()
    }

    /// Chooses another cluster, or looks again for the same.
    pub(super) fn choose(&self, cluster: Option<String>) {
        self.choice.send_replace(cluster);
    }

    /// The next task_event of the sources themselves.
    pub(super) async fn task_event(&mut self) -> TaskEvent {
        tokio::select! {
            changed = self.discovery.changed(), if !self.searched => {
                // without a sender there is nothing more to find; its task's end is told below
                self.searched = changed.is_err();
                TaskEvent::Discovery(self.discovery.borrow_and_update().clone())
            }
            Some(ended) = self.tasks.join_next_with_id() => {
                let (id, crashed) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                TaskEvent::Ended { source: self.names.remove(&id), crashed }
            }
            else => std::future::pending().await,
        }
    }

    /// Asks all sources to end.
    pub(super) fn cancel(&self) {
        self.context.cancel.cancel();
    }

    /// Waits until the sources have left nothing behind, for [`CLOSING`] after `asked` at most.
    pub(super) async fn close(&mut self, asked: Instant) {
        self.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout_at(asked + CLOSING, all).await.is_err() {
            tracing::warn!("a source did not end in time");
        }
    }
}
