//! The running sources: started here, ended here, and missed here when one ends by itself.

use std::{collections::HashMap, time::Duration};

use tokio::{
    sync::watch,
    task::{Id, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::Options;
use crate::{
    engine::Engine,
    feed::Feed,
    observation::{Cluster, ListedResource, SourceId},
    source::{
        Supply,
        docker::{self, Discovery, Docker},
        health, journal, kubernetes, traffic,
    },
};

/// How long the sources may take to leave nothing behind in the workers.
const CLOSING: Duration = Duration::from_millis(1_500);

/// The running sources.
#[derive(Debug)]
pub(super) struct Plant {
    supply: Supply,
    engine: Engine,
    tasks: JoinSet<()>,
    names: HashMap<Id, SourceId>,
    choice: watch::Sender<Option<String>>,
    discovery: watch::Receiver<Discovery>,
}

impl Plant {
    /// Starts everything that needs no worker's name.
    pub(super) fn new(options: &Options, feed: Feed) -> Self {
        let supply = Supply::new(feed, CancellationToken::new());
        let (choice, chosen) = watch::channel(options.cluster.clone());
        let (found, discovery) = watch::channel(Discovery::default());
        let (told, view) = watch::channel::<Option<Cluster>>(None);
        let mut plant = Self {
            supply,
            engine: options.engine.clone(),
            tasks: JoinSet::new(),
            names: HashMap::new(),
            choice,
            discovery,
        };
        let docker = Docker {
            engine: options.engine.clone(),
            node_port: options.node_port,
            choice: chosen,
            discovery: found,
            cluster: told,
        };
        plant.spawn(SourceId::Docker, |supply| docker::run(supply, docker));
        for (source, resource) in [
            (SourceId::Nodes, ListedResource::Nodes),
            (SourceId::Pods, ListedResource::Pods),
            (SourceId::Leases, ListedResource::Leases),
        ] {
            let (access, view) = (options.access.clone(), view.clone());
            plant.spawn(source, |supply| kubernetes::run(supply, resource, access, view));
        }
        let (access, seen) = (options.access.clone(), view.clone());
        plant.spawn(SourceId::Health, |supply| health::run(supply, access, seen));
        let node_port = options.node_port;
        plant.spawn(SourceId::Traffic, |supply| traffic::run(supply, view, node_port));
        plant
    }

    fn spawn<F>(&mut self, source: SourceId, run: impl FnOnce(Supply) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = self.tasks.spawn(run(self.supply.clone()));
        self.names.insert(task.id(), source);
    }

    /// Starts the journal of each worker that has none yet.
    pub(super) fn journals(&mut self, cluster: &Cluster) {
        for worker in cluster.workers() {
            let source = SourceId::Journal(worker.name.clone());
            if !self.names.values().any(|known| *known == source) {
                let (engine, name) = (self.engine.clone(), worker.name.clone());
                self.spawn(source, |supply| journal::run(supply, engine, name, journal::HISTORY));
            }
        }
    }

    /// Chooses another cluster, or looks again for the same.
    pub(super) fn choose(&self, cluster: Option<String>) {
        self.choice.send_replace(cluster);
    }

    /// The search for the cluster, whenever it comes further.
    pub(super) async fn discovery(&mut self) -> Discovery {
        if self.discovery.changed().await.is_err() {
            return std::future::pending().await;
        }
        self.discovery.borrow_and_update().clone()
    }

    /// A source that has ended by itself, and whether it crashed. Nothing when there is none left.
    pub(super) async fn ended(&mut self) -> Option<(SourceId, bool)> {
        let (id, panicked) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        self.names.remove(&id).map(|source| (source, panicked))
    }

    /// Ends all sources, and waits until they have left nothing behind.
    pub(super) async fn close(&mut self) {
        self.supply.cancel.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(CLOSING, all).await.is_err() {
            tracing::warn!("a source did not end in time");
        }
    }
}
