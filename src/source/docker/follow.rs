//! Follows one cluster: the stream of events, an inspection after each of them, and a slow poll as a safety net.
//!
//! Questions run beside the stream, one for each container at most, so that an engine that is slow to answer does not
//! hold up the events. What was said is remembered across a lost engine: only a change is said again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::{MissedTickBehavior, interval};

use super::{
    EngineSource, decode,
    decode::{Details, Summary},
    discovery::{Discovery, inspect, list},
    events::{Bookmark, Event},
};
use crate::{
    engine::{Engine, EngineClient, EngineError},
    feed::FeedClosed,
    observation::{Cluster, ContainerState, EngineAction, Observation, RunState, SourceHealth, Time},
    source::{
        backoff::Backoff,
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// The time between two lists.
const POLL: Duration = Duration::from_secs(5);

/// Why following ended.
pub(super) enum Lost {
    /// Another cluster was chosen.
    Choice,
    /// The machine slept: the stream of events may be dead.
    Slept,
    /// The engine went away, or does not answer.
    Engine(EngineError),
}

/// What is known of one container.
#[derive(Debug, Clone)]
struct Node {
    summary: Summary,
    details: Option<Details>,
    said: Option<ContainerState>,
    paused_at: Option<Time>,
    question: Question,
}

/// Whether a container is being inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    None,
    Asked,
    /// Something happened since it was asked: the answer may be old.
    AskAgain,
}

enum Answer {
    Listed(Result<Vec<Summary>, EngineError>),
    Inspected(String, Result<Option<Details>, EngineError>),
}

type Answers = FuturesUnordered<BoxFuture<'static, Answer>>;

/// One cluster, followed.
pub(super) struct Follow {
    engine: Engine,
    node_port: u16,
    name: Arc<str>,
    cluster: Cluster,
    said_cluster: bool,
    nodes: BTreeMap<String, Node>,
    bookmark: Bookmark,
}

impl Follow {
    pub(super) fn new(engine: Engine, node_port: u16, cluster: Cluster, now: Time) -> Self {
        Self {
            engine,
            node_port,
            name: cluster.name.as_str().into(),
            cluster,
            said_cluster: false,
            nodes: BTreeMap::new(),
            bookmark: Bookmark::at(now),
        }
    }

    /// Follows until the engine is lost or another cluster is chosen.
    pub(super) async fn until_lost(
        &mut self,
        reporter: &mut SourceReporter,
        source: &mut EngineSource,
        backoff: &mut Backoff,
        woken: &mut NotificationReceiver,
    ) -> Result<Lost, FeedClosed> {
        let client = match self.engine.client().await {
            Ok(client) => client,
            Err(error) => return Ok(Lost::Engine(error)),
        };
        self.say_cluster(reporter, source).await?;
        let mut events = self.bookmark.open(&client);
        let mut answers = Answers::new();
        let mut listing = false;
        for node in self.nodes.values_mut() {
            node.question = Question::None;
            node.details = None;
        }
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = changed(&mut source.choice) => return Ok(Lost::Choice),
                () = woken.recv() => return Ok(Lost::Slept),
                event = events.next() => match event {
                    Some(Ok(message)) => {
                        if let Some(event) = self.bookmark.take(message) {
                            self.happened(event, reporter, &client, &mut answers).await?;
                        }
                    }
                    Some(Err(error)) => return Ok(Lost::Engine(error)),
                    None => return Ok(Lost::Engine(client.gone())),
                },
                Some(answer) = answers.next() => match answer {
                    Answer::Listed(Ok(listed)) => {
                        listing = false;
                        self.listed(listed, reporter, &client, &mut answers).await?;
                        self.settle(reporter, source, backoff).await?;
                    }
                    Answer::Inspected(name, Ok(details)) => {
                        self.inspected(&name, details, reporter, &client, &mut answers).await?;
                        self.settle(reporter, source, backoff).await?;
                    }
                    Answer::Listed(Err(error)) | Answer::Inspected(_, Err(error)) => return Ok(Lost::Engine(error)),
                },
                _ = poll.tick() => if !listing {
                    listing = true;
                    let (client, name) = (client.clone(), self.name.clone());
                    answers.push(async move { Answer::Listed(list(&client, Some(&name)).await) }.boxed());
                },
            }
        }
    }

    async fn happened(
        &mut self,
        event: Event,
        reporter: &mut SourceReporter,
        client: &EngineClient,
        answers: &mut Answers,
    ) -> Result<(), FeedClosed> {
        let Some(node) = self.nodes.values_mut().find(|node| node.summary.id == event.container) else {
            // a node that was made anew has another id: the next list knows it
            return Ok(());
        };
        if event.action == EngineAction::Pause {
            node.paused_at = Some(event.happened);
        }
        let happened = event.of(&node.summary.name, node.summary.role);
        node.ask(client, answers);
        reporter.send(Observation::EngineEvent(happened)).await
    }

    async fn listed(
        &mut self,
        listed: Vec<Summary>,
        reporter: &mut SourceReporter,
        client: &EngineClient,
        answers: &mut Answers,
    ) -> Result<(), FeedClosed> {
        for node in self.nodes.values_mut() {
            if !listed.iter().any(|summary| summary.name == node.summary.name) {
                node.absent(reporter).await?;
            }
        }
        for summary in listed {
            let known = self.nodes.entry(summary.name.clone()).or_insert_with(|| Node::new(summary.clone()));
            let same = known.summary.id == summary.id
                && known.details.as_ref().is_some_and(|details| {
                    summary.state == Some(details.state) && summary.attached == details.attached
                });
            if known.summary.id != summary.id {
                known.details = None;
            }
            known.summary = summary;
            if !same {
                known.ask(client, answers);
            }
        }
        Ok(())
    }

    async fn inspected(
        &mut self,
        name: &str,
        details: Option<Details>,
        reporter: &mut SourceReporter,
        client: &EngineClient,
        answers: &mut Answers,
    ) -> Result<(), FeedClosed> {
        let Some(node) = self.nodes.get_mut(name) else { return Ok(()) };
        let ask_again = node.question == Question::AskAgain;
        node.question = Question::None;
        if ask_again {
            node.ask(client, answers);
        }
        match details {
            Some(details) => node.is(details, reporter).await,
            None => node.absent(reporter).await,
        }
    }

    /// Once every container is known: says the cluster if it changed, and that all is well.
    async fn settle(
        &mut self,
        reporter: &mut SourceReporter,
        source: &EngineSource,
        backoff: &mut Backoff,
    ) -> Result<(), FeedClosed> {
        let there: Vec<_> = self
            .nodes
            .values()
            .filter(|node| {
                node.said.as_ref().is_some_and(|said| said.state != RunState::Absent) || node.details.is_none()
            })
            .collect();
        if there.iter().any(|node| node.question != Question::None) {
            return Ok(());
        }
        let nodes: Vec<_> =
            there.iter().filter_map(|node| Some((node.summary.clone(), node.details.clone()?))).collect();
        backoff.reset();
        if nodes.is_empty() {
            return reporter
                .report_retrying(Discovery::NotFound { wanted: self.cluster.name.clone(), there: Vec::new() })
                .await;
        }
        let cluster = decode::cluster(self.cluster.name.clone(), nodes, self.node_port);
        if cluster != self.cluster {
            self.cluster = cluster;
            self.said_cluster = false;
            self.say_cluster(reporter, source).await?;
        }
        reporter.report_health(SourceHealth::Live).await
    }

    /// Says the cluster unless that was done. It goes before what is said of its containers.
    async fn say_cluster(&mut self, reporter: &mut SourceReporter, source: &EngineSource) -> Result<(), FeedClosed> {
        if self.said_cluster {
            return Ok(());
        }
        reporter.send(Observation::Cluster(self.cluster.clone())).await?;
        source.cluster.send_replace(Some(self.cluster.clone()));
        source.discovery.send_replace(Discovery::Found(self.cluster.clone()));
        self.said_cluster = true;
        Ok(())
    }
}

impl Node {
    fn new(summary: Summary) -> Self {
        Self { summary, details: None, said: None, paused_at: None, question: Question::None }
    }

    /// Inspects it, unless that is under way: then once more after that.
    fn ask(&mut self, client: &EngineClient, answers: &mut Answers) {
        if self.question != Question::None {
            self.question = Question::AskAgain;
            return;
        }
        self.question = Question::Asked;
        let (client, id, name) = (client.clone(), self.summary.id.clone(), self.summary.name.clone());
        answers.push(async move { Answer::Inspected(name, inspect(&client, &id).await) }.boxed());
    }

    async fn is(&mut self, mut details: Details, reporter: &mut SourceReporter) -> Result<(), FeedClosed> {
        if details.state == RunState::Paused {
            details.since = self.paused_at;
        }
        let state = decode::container(&self.summary, &details);
        self.details = Some(details);
        self.say(state, reporter).await
    }

    async fn absent(&mut self, reporter: &mut SourceReporter) -> Result<(), FeedClosed> {
        self.details = None;
        let state = ContainerState {
            node: self.summary.name.clone(),
            role: self.summary.role,
            state: RunState::Absent,
            exit_code: None,
            since: None,
            attached: false,
        };
        self.say(state, reporter).await
    }

    async fn say(&mut self, state: ContainerState, reporter: &mut SourceReporter) -> Result<(), FeedClosed> {
        if self.said.as_ref() == Some(&state) {
            return Ok(());
        }
        reporter.send(Observation::Container(state.clone())).await?;
        self.said = Some(state);
        Ok(())
    }
}
