//! The tasks of the sources: started here, ended here, and reported when one ends by itself.

use std::{collections::HashMap, future, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{Id, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{backend::Backend, options::SessionTarget};
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

/// Time that the sources get to end, so that no `journalctl` stays behind in a worker.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The source tasks of one session.
#[derive(Debug)]
pub(super) struct SourceTasks {
    context: SourceContext,
    backend: Backend,
    tasks: JoinSet<()>,
    sources: HashMap<Id, SourceId>,
    /// Sends the name of the cluster that the operator chooses.
    choice: watch::Sender<Option<String>>,
    discovery: watch::Receiver<Discovery>,
    /// Whether the search for the cluster has ended for good.
    discovery_ended: bool,
}

/// An event of the source tasks.
#[derive(Debug)]
pub(super) enum TaskEvent {
    /// The search for the cluster has another result.
    Discovery(Discovery),
    /// A source has ended by itself. `source` is `None` if its task is unknown.
    Ended { source: Option<SourceId>, panicked: bool },
}

impl SourceTasks {
    /// Starts all sources but the journals, which need the names of the workers.
    ///
    /// # Errors
    /// The lab cannot be started, or its kubeconfig cannot be written.
    pub(super) fn start(target: &SessionTarget, feed: Feed) -> Result<Self, LabError> {
        let context = SourceContext::new(feed, CancellationToken::new());
        match target {
            SessionTarget::Kind { engine, cluster, access, node_port } => {
                Ok(Self::start_on_engine(context, engine, cluster.clone(), access, *node_port))
            }
            SessionTarget::Lab { options, kubeconfig } => {
                let lab = Lab::start(*options, context.feed.clone(), context.cancel.clone())?;
                if let Some(path) = kubeconfig {
                    lab.write_kubeconfig(path)?;
                }
                Ok(Self::start_on_lab(context, Arc::new(lab)))
            }
        }
    }

    fn start_on_engine(
        context: SourceContext,
        engine: &Engine,
        cluster: Option<String>,
        access: &ApiAccess,
        node_port: u16,
    ) -> Self {
        let (discovery_sender, discovery) = watch::channel(Discovery::default());
        let (choice, chosen) = watch::channel(cluster);
        let (cluster_sender, view) = watch::channel::<Option<Cluster>>(None);
        let backend = Backend::Engine { engine: engine.clone(), access: access.clone() };
        let mut tasks = Self::new(context, backend, choice, discovery);
        let source = EngineSource {
            engine: engine.clone(),
            node_port,
            choice: chosen,
            discovery: discovery_sender,
            cluster: cluster_sender,
        };
        tasks.spawn(SourceId::Docker, |context| docker::run(context, source));
        let (engine, workers) = (engine.clone(), view.clone());
        tasks.spawn(SourceId::Runtime, |context| {
            runtime::run(context, workers, move |worker| runtime::crictl(engine.clone(), worker))
        });
        tasks.start_api_sources(access, view, node_port);
        tasks
    }

    fn start_on_lab(context: SourceContext, lab: Arc<Lab>) -> Self {
        let (_, discovery) = watch::channel(Discovery::Found(lab.cluster()));
        let (choice, _) = watch::channel(None);
        let (access, view) = (ApiAccess::Plain { url: lab.url() }, lab.view());
        let mut tasks = Self::new(context, Backend::Lab(lab.clone()), choice, discovery);
        let workers = view.clone();
        tasks.spawn(SourceId::Runtime, |context| {
            runtime::run(context, workers, move |worker| future::ready(Ok(lab.containers(&worker))))
        });
        // the lab's workers have their own ports
        tasks.start_api_sources(&access, view, 0);
        tasks
    }

    fn new(
        context: SourceContext,
        backend: Backend,
        choice: watch::Sender<Option<String>>,
        mut discovery: watch::Receiver<Discovery>,
    ) -> Self {
        // the first value is an event, too
        discovery.mark_changed();
        Self {
            context,
            backend,
            tasks: JoinSet::new(),
            sources: HashMap::new(),
            choice,
            discovery,
            discovery_ended: false,
        }
    }

    /// Starts the sources that talk to the API server and the workload: the same for a real cluster and the lab.
    fn start_api_sources(&mut self, access: &ApiAccess, view: ClusterView, node_port: u16) {
        for (source, resource) in [
            (SourceId::Nodes, ListedResource::Nodes),
            (SourceId::Pods, ListedResource::Pods),
            (SourceId::Leases, ListedResource::Leases),
        ] {
            let (access, view) = (access.clone(), view.clone());
            self.spawn(source, |context| kubernetes::run(context, resource, access, view));
        }
        let (access, health_view) = (access.clone(), view.clone());
        self.spawn(SourceId::Health, |context| health::run(context, access, health_view));
        self.spawn(SourceId::Traffic, |context| traffic::run(context, view, node_port));
    }

    /// Returns the target of faults.
    pub(super) fn backend(&self) -> Backend {
        self.backend.clone()
    }

    fn spawn<F>(&mut self, source: SourceId, run: impl FnOnce(SourceContext) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = self.tasks.spawn(run(self.context.clone()));
        self.sources.insert(task.id(), source);
    }

    /// Starts the journal source of each worker that has none. The lab sends its own journals.
    pub(super) fn start_journals(&mut self, cluster: &Cluster) {
        let Backend::Engine { engine, .. } = self.backend.clone() else { return };
        for worker in cluster.workers() {
            let source = SourceId::Journal(worker.name.clone());
            if !self.sources.values().any(|running| *running == source) {
                let (engine, name) = (engine.clone(), worker.name.clone());
                self.spawn(source, |context| journal::run(context, engine, name, journal::HISTORY));
            }
        }
    }

    /// Returns the notifier that makes the sources connect again.
    pub(super) fn woken(&self) -> Notifier {
        self.context.woken.clone()
    }

    /// Chooses another cluster, or searches for the same one again.
    pub(super) fn choose(&self, cluster: Option<String>) {
        self.choice.send_replace(cluster);
    }

    /// Waits for the next event. Cancel safe.
    pub(super) async fn next_event(&mut self) -> TaskEvent {
        tokio::select! {
            changed = self.discovery.changed(), if !self.discovery_ended => {
                // without a sender no other result follows; the end of its task is an event of its own
                self.discovery_ended = changed.is_err();
                TaskEvent::Discovery(self.discovery.borrow_and_update().clone())
            }
            Some(ended) = self.tasks.join_next_with_id() => {
                let (id, panicked) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                TaskEvent::Ended { source: self.sources.remove(&id), panicked }
            }
            else => future::pending().await,
        }
    }

    /// Asks all sources to end.
    pub(super) fn cancel(&self) {
        self.context.cancel.cancel();
    }

    /// Waits until all sources have ended, for [`CLOSE_TIMEOUT`] after `since` at most.
    pub(super) async fn close(&mut self, since: Instant) {
        self.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout_at(since + CLOSE_TIMEOUT, all).await.is_err() {
            tracing::warn!("a source did not end in time");
        }
    }
}
