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
    /// Whether the search is over for good.
    searched: bool,
}

/// News of the sources themselves.
#[derive(Debug)]
pub(super) enum News {
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
            searched: false,
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

    /// The next news of the sources themselves.
    pub(super) async fn news(&mut self) -> News {
        tokio::select! {
            changed = self.discovery.changed(), if !self.searched => {
                // without a sender there is nothing more to find; its task's end is told below
                self.searched = changed.is_err();
                News::Discovery(self.discovery.borrow_and_update().clone())
            }
            Some(ended) = self.tasks.join_next_with_id() => {
                let (id, crashed) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                News::Ended { source: self.names.remove(&id), crashed }
            }
            else => std::future::pending().await,
        }
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
