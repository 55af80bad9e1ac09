//! The container engine's part of the story: what the source `docker` would say of a kind cluster.
//!
//! It says, and knows nothing: what happens to a container is `machine`'s. Nothing of a real engine is looked for.

use tokio_util::sync::CancellationToken;

use super::{pace::Pace, topology::Member};
use crate::{
    feed::Feed,
    observation::{
        Cluster, ContainerState, EngineAction, EngineEvent, Observation, RunState, SourceHealth, SourceId,
        SourceReport, Time,
    },
};

/// Says what the engine says.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    feed: Feed,
    cancel: CancellationToken,
    pace: Pace,
}

impl Engine {
    pub(super) fn new(feed: Feed, cancel: CancellationToken, pace: Pace) -> Self {
        Self { feed, cancel, pace }
    }

    /// Says it; a session that is gone hears nothing.
    async fn say(&self, observation: Observation) {
        let _gone = self.cancel.run_until_cancelled(self.feed.send(observation)).await;
    }

    /// The first words: the cluster, and every container of it.
    pub(super) async fn introduce(self, cluster: Cluster, members: Vec<Member>, since: Time) {
        let report = |health| Observation::Source(SourceReport { source: SourceId::Docker, health });
        self.say(report(SourceHealth::Connecting)).await;
        self.say(Observation::Cluster(cluster)).await;
        for member in &members {
            self.container(member, RunState::Running, None, since, true).await;
        }
        self.say(report(SourceHealth::Live)).await;
    }

    pub(super) async fn container(
        &self,
        member: &Member,
        state: RunState,
        exit_code: Option<i64>,
        since: Time,
        attached: bool,
    ) {
        let state = ContainerState {
            node: member.name.clone(),
            role: member.role,
            state,
            exit_code,
            since: Some(since),
            attached,
        };
        self.say(Observation::Container(state)).await;
    }

    pub(super) async fn happened(&self, member: &Member, action: EngineAction) -> Time {
        self.event(member, action, None, None).await
    }

    pub(super) async fn killed(&self, member: &Member, signal: i64) -> Time {
        self.event(member, EngineAction::Kill, Some(signal), None).await
    }

    pub(super) async fn died(&self, member: &Member, exit_code: i64) -> Time {
        self.event(member, EngineAction::Die, None, Some(exit_code)).await
    }

    async fn event(&self, member: &Member, action: EngineAction, signal: Option<i64>, exit_code: Option<i64>) -> Time {
        let happened = self.pace.now();
        let event = EngineEvent { node: member.name.clone(), role: member.role, action, happened, signal, exit_code };
        self.say(Observation::EngineEvent(event)).await;
        happened
    }
}
