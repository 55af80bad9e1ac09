//! One node's container under watch: its last known state, and whether an inspection of it is under way.

use futures_util::{FutureExt as _, future::BoxFuture, stream::FuturesUnordered};

use super::{
    decode::{self, ContainerDetails, NodeContainer},
    discovery::inspect,
};
use crate::{
    engine::{EngineClient, EngineError},
    feed::FeedClosed,
    observation::{ContainerState, Observation, RunState, Time},
    source::reporter::SourceReporter,
};

/// Answer of the engine to a request of the watch.
pub(super) enum EngineAnswer {
    /// List of the cluster's containers.
    Listed(Result<Vec<NodeContainer>, EngineError>),
    /// Inspection of the named node's container; `None` if it does not exist.
    Inspected(String, Result<Option<ContainerDetails>, EngineError>),
}

/// Requests whose answers are outstanding.
pub(super) type PendingAnswers = FuturesUnordered<BoxFuture<'static, EngineAnswer>>;

/// State of the inspection of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inspection {
    Idle,
    Pending,
    /// Pending, and outdated by an event: to be repeated when the answer arrives.
    PendingAndStale,
}

/// A node's container under watch.
#[derive(Debug, Clone)]
pub(super) struct WatchedNode {
    pub(super) container: NodeContainer,
    /// Last inspection. `None` before the first one, and if the container does not exist.
    pub(super) details: Option<ContainerDetails>,
    /// State that was sent last. `None` before the first one.
    sent: Option<ContainerState>,
    /// Time of the last pause event, which an inspection lacks.
    pub(super) paused_at: Option<Time>,
    inspection: Inspection,
}

impl WatchedNode {
    pub(super) fn new(container: NodeContainer) -> Self {
        Self { container, details: None, sent: None, paused_at: None, inspection: Inspection::Idle }
    }

    /// Forgets the inspection, because the connection to the engine is new.
    pub(super) fn reset(&mut self) {
        self.inspection = Inspection::Idle;
        self.details = None;
    }

    /// Whether an answer to an inspection is outstanding.
    pub(super) fn is_being_inspected(&self) -> bool {
        self.inspection != Inspection::Idle
    }

    /// Whether the container exists as far as is known, or is not known yet.
    pub(super) fn may_exist(&self) -> bool {
        self.details.is_none() || self.sent.as_ref().is_some_and(|state| state.state != RunState::Absent)
    }

    /// Whether the last inspection agrees with the entry of a list.
    pub(super) fn agrees_with(&self, container: &NodeContainer) -> bool {
        self.container.id == container.id
            && self
                .details
                .as_ref()
                .is_some_and(|details| container.state == Some(details.state) && container.attached == details.attached)
    }

    /// Requests an inspection. If one is pending, it is repeated when its answer arrives.
    pub(super) fn inspect(&mut self, client: &EngineClient, pending: &mut PendingAnswers) {
        if self.is_being_inspected() {
            self.inspection = Inspection::PendingAndStale;
            return;
        }
        self.inspection = Inspection::Pending;
        let (client, id, name) = (client.clone(), self.container.id.clone(), self.container.name.clone());
        pending.push(async move { EngineAnswer::Inspected(name, inspect(&client, &id).await) }.boxed());
    }

    /// Takes the answer to an inspection, and sends the state if it changed.
    pub(super) async fn inspected(
        &mut self,
        details: Option<ContainerDetails>,
        client: &EngineClient,
        pending: &mut PendingAnswers,
        reporter: &SourceReporter,
    ) -> Result<(), FeedClosed> {
        let is_stale = self.inspection == Inspection::PendingAndStale;
        self.inspection = Inspection::Idle;
        if is_stale {
            self.inspect(client, pending);
        }
        let Some(mut details) = details else { return self.disappeared(reporter).await };
        if details.state == RunState::Paused {
            details.since = self.paused_at;
        }
        let state = decode::container_state(&self.container, &details);
        self.details = Some(details);
        self.send(state, reporter).await
    }

    /// Sends that the container does not exist, unless that was sent.
    pub(super) async fn disappeared(&mut self, reporter: &SourceReporter) -> Result<(), FeedClosed> {
        self.details = None;
        let state = ContainerState {
            node: self.container.name.clone(),
            role: self.container.role,
            state: RunState::Absent,
            exit_code: None,
            since: None,
            attached: false,
        };
        self.send(state, reporter).await
    }

    async fn send(&mut self, state: ContainerState, reporter: &SourceReporter) -> Result<(), FeedClosed> {
        if self.sent.as_ref() == Some(&state) {
            return Ok(());
        }
        reporter.send(Observation::Container(state.clone())).await?;
        self.sent = Some(state);
        Ok(())
    }
}
