//! The container engine of the lab: sends the observations that the `docker` source would emit for a kind cluster.
//!
//! The state of the containers is kept by `control_plane`; nothing here looks for a real engine.

use tokio_util::sync::CancellationToken;

use super::{cluster::topology::LabNode, time_scale::TimeScale};
use crate::{
    feed::Feed,
    observation::{
        Cluster, ContainerState, EngineAction, EngineEvent, Observation, RunState, SourceHealth, SourceId,
        SourceReport, Time,
    },
};

/// Sends observations in place of the container engine.
#[derive(Debug, Clone)]
pub(super) struct LabEngine {
    feed: Feed,
    shutdown: CancellationToken,
    time: TimeScale,
}

impl LabEngine {
    pub(super) fn new(feed: Feed, shutdown: CancellationToken, time: TimeScale) -> Self {
        Self { feed, shutdown, time }
    }

    /// Sends an observation; does nothing once the session or the lab has ended.
    async fn send(&self, observation: Observation) {
        let _ended = self.shutdown.run_until_cancelled(self.feed.send(observation)).await;
    }

    /// Sends the first observations: the cluster, and each of its containers, running since `since`.
    pub(super) async fn introduce(self, cluster: Cluster, nodes: Vec<LabNode>, since: Time) {
        let report = |health| Observation::Source(SourceReport { source: SourceId::Docker, health });
        self.send(report(SourceHealth::Connecting)).await;
        self.send(Observation::Cluster(cluster)).await;
        for node in &nodes {
            self.report_state(node, RunState::Running, None, since, true).await;
        }
        self.send(report(SourceHealth::Live)).await;
    }

    /// Sends the state of a node's container; `attached` if it is connected to the cluster's network.
    pub(super) async fn report_state(
        &self,
        node: &LabNode,
        state: RunState,
        exit_code: Option<i64>,
        since: Time,
        attached: bool,
    ) {
        let state =
            ContainerState { node: node.name.clone(), role: node.role, state, exit_code, since: Some(since), attached };
        self.send(Observation::Container(state)).await;
    }

    /// Sends an event without a signal or exit code. Returns its time.
    pub(super) async fn report_action(&self, node: &LabNode, action: EngineAction) -> Time {
        self.report_event(node, action, None, None).await
    }

    /// Sends a `kill` event. Returns its time.
    pub(super) async fn report_kill(&self, node: &LabNode, signal: i64) -> Time {
        self.report_event(node, EngineAction::Kill, Some(signal), None).await
    }

    /// Sends a `die` event. Returns its time.
    pub(super) async fn report_die(&self, node: &LabNode, exit_code: i64) -> Time {
        self.report_event(node, EngineAction::Die, None, Some(exit_code)).await
    }

    async fn report_event(
        &self,
        node: &LabNode,
        action: EngineAction,
        signal: Option<i64>,
        exit_code: Option<i64>,
    ) -> Time {
        let happened = self.time.now();
        let event = EngineEvent { node: node.name.clone(), role: node.role, action, happened, signal, exit_code };
        self.send(Observation::EngineEvent(event)).await;
        happened
    }
}
