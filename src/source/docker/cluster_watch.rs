//! Watch of one cluster: the event stream, an inspection after each event, and a periodic list as a safety net.
//!
//! Requests run beside the stream, at most one for each container, so that a slow engine does not hold up its events.
//! States that were sent are remembered across a loss of the engine, so that only a change is sent again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{MissedTickBehavior, interval};

use super::{
    decode::{self, ContainerDetails, NodeContainer},
    discovery::{Discovery, list},
    engine_source::EngineSource,
    events::{ContainerEvent, EventCheckpoint},
    watched_node::{EngineAnswer, PendingAnswers, WatchedNode},
};
use crate::{
    engine::{Engine, EngineClient, EngineError},
    feed::FeedClosed,
    observation::{Cluster, EngineAction, Observation, SourceHealth, Time},
    source::{
        backoff::Backoff,
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// Time between two lists of the containers.
const LIST_INTERVAL: Duration = Duration::from_secs(5);

/// Reason for the end of a watch.
pub(super) enum ClusterWatchEnd {
    /// Another cluster was chosen.
    OtherCluster,
    /// The machine slept, so that the event stream may be dead.
    Slept,
    /// The engine does not answer, or ended the stream.
    Engine(EngineError),
}

/// Watch of one cluster.
pub(super) struct ClusterWatch {
    engine: Engine,
    node_port: u16,
    name: Arc<str>,
    cluster: Cluster,
    /// Whether the current `cluster` was sent.
    cluster_sent: bool,
    nodes: BTreeMap<String, WatchedNode>,
    checkpoint: EventCheckpoint,
}

impl ClusterWatch {
    pub(super) fn new(engine: Engine, node_port: u16, cluster: Cluster, now: Time) -> Self {
        Self {
            engine,
            node_port,
            name: cluster.name.as_str().into(),
            cluster,
            cluster_sent: false,
            nodes: BTreeMap::new(),
            checkpoint: EventCheckpoint::at(now),
        }
    }

    /// Watches until the engine is lost, the machine slept, or another cluster is chosen.
    pub(super) async fn run(
        &mut self,
        reporter: &mut SourceReporter,
        source: &mut EngineSource,
        backoff: &mut Backoff,
        woken: &mut NotificationReceiver,
    ) -> Result<ClusterWatchEnd, FeedClosed> {
        let client = match self.engine.client().await {
            Ok(client) => client,
            Err(error) => return Ok(ClusterWatchEnd::Engine(error)),
        };
        self.send_cluster(reporter, source).await?;
        let mut events = self.checkpoint.open(&client);
        let mut pending = PendingAnswers::new();
        let mut list_pending = false;
        self.nodes.values_mut().for_each(WatchedNode::reset);
        let mut list_due = interval(LIST_INTERVAL);
        list_due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = changed(&mut source.choice) => return Ok(ClusterWatchEnd::OtherCluster),
                () = woken.recv() => return Ok(ClusterWatchEnd::Slept),
                event = events.next() => match event {
                    Some(Ok(message)) => {
                        if let Some(event) = self.checkpoint.accept(message) {
                            self.event(event, reporter, &client, &mut pending).await?;
                        }
                    }
                    Some(Err(error)) => return Ok(ClusterWatchEnd::Engine(error)),
                    None => return Ok(ClusterWatchEnd::Engine(client.closed())),
                },
                Some(answer) = pending.next() => {
                    match answer {
                        EngineAnswer::Listed(Ok(containers)) => {
                            list_pending = false;
                            self.listed(containers, reporter, &client, &mut pending).await?;
                        }
                        EngineAnswer::Inspected(name, Ok(details)) => {
                            self.inspected(&name, details, reporter, &client, &mut pending).await?;
                        }
                        EngineAnswer::Listed(Err(error)) | EngineAnswer::Inspected(_, Err(error)) => {
                            return Ok(ClusterWatchEnd::Engine(error));
                        }
                    }
                    self.report_when_inspected(reporter, source, backoff).await?;
                }
                _ = list_due.tick() => if !list_pending {
                    list_pending = true;
                    let (client, name) = (client.clone(), self.name.clone());
                    pending.push(async move { EngineAnswer::Listed(list(&client, Some(&name)).await) }.boxed());
                },
            }
        }
    }

    /// Sends an event of the cluster, and inspects its container.
    async fn event(
        &mut self,
        event: ContainerEvent,
        reporter: &SourceReporter,
        client: &EngineClient,
        pending: &mut PendingAnswers,
    ) -> Result<(), FeedClosed> {
        // The container of a recreated node has another id, which comes with the next list.
        let Some(node) = self.nodes.values_mut().find(|node| node.container.id == event.container) else {
            return Ok(());
        };
        if event.action == EngineAction::Pause {
            node.paused_at = Some(event.happened);
        }
        node.inspect(client, pending);
        let fact = event.into_fact(&node.container.name, node.container.role);
        reporter.send(Observation::EngineEvent(fact)).await
    }

    /// Takes a list: inspects the containers that differ from it, and sends those that disappeared.
    async fn listed(
        &mut self,
        containers: Vec<NodeContainer>,
        reporter: &SourceReporter,
        client: &EngineClient,
        pending: &mut PendingAnswers,
    ) -> Result<(), FeedClosed> {
        for node in self.nodes.values_mut() {
            if !containers.iter().any(|container| container.name == node.container.name) {
                node.disappeared(reporter).await?;
            }
        }
        for container in containers {
            let node = self.nodes.entry(container.name.clone()).or_insert_with(|| WatchedNode::new(container.clone()));
            let agrees = node.agrees_with(&container);
            if node.container.id != container.id {
                node.details = None;
            }
            node.container = container;
            if !agrees {
                node.inspect(client, pending);
            }
        }
        Ok(())
    }

    async fn inspected(
        &mut self,
        name: &str,
        details: Option<ContainerDetails>,
        reporter: &SourceReporter,
        client: &EngineClient,
        pending: &mut PendingAnswers,
    ) -> Result<(), FeedClosed> {
        match self.nodes.get_mut(name) {
            Some(node) => node.inspected(details, client, pending, reporter).await,
            None => Ok(()),
        }
    }

    /// Sends the cluster if it changed, and that the source is live, once no inspection is outstanding.
    async fn report_when_inspected(
        &mut self,
        reporter: &mut SourceReporter,
        source: &EngineSource,
        backoff: &mut Backoff,
    ) -> Result<(), FeedClosed> {
        let existing: Vec<_> = self.nodes.values().filter(|node| node.may_exist()).collect();
        if existing.iter().any(|node| node.is_being_inspected()) {
            return Ok(());
        }
        let nodes: Vec<_> =
            existing.iter().filter_map(|node| Some((node.container.clone(), node.details.clone()?))).collect();
        backoff.reset();
        if nodes.is_empty() {
            let not_found = Discovery::NotFound { requested: self.cluster.name.clone(), available: Vec::new() };
            return reporter.report_retrying(not_found).await;
        }
        let cluster = decode::cluster(self.cluster.name.clone(), nodes, self.node_port);
        if cluster != self.cluster {
            self.cluster = cluster;
            self.cluster_sent = false;
            self.send_cluster(reporter, source).await?;
        }
        reporter.report_health(SourceHealth::Live).await
    }

    /// Sends the cluster unless it was sent. It precedes facts about its containers.
    async fn send_cluster(&mut self, reporter: &SourceReporter, source: &EngineSource) -> Result<(), FeedClosed> {
        if self.cluster_sent {
            return Ok(());
        }
        reporter.send(Observation::Cluster(self.cluster.clone())).await?;
        source.cluster.send_replace(Some(self.cluster.clone()));
        source.discovery.send_replace(Discovery::Found(self.cluster.clone()));
        self.cluster_sent = true;
        Ok(())
    }
}
