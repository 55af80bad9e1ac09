//! Watch of one kind of object, kept up for the whole session.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    answer_count::AnswerCount,
    client,
    decode::WatchedObject,
    watch_error,
    watch_health::{MIN_DURATION, WatchHealth},
};
use crate::{
    feed::FeedClosed,
    observation::{Listed, Observation, SourceHealth},
    source::{
        access::{AccessError, ApiAccess, ApiConnection, CredentialCache, CredentialId, Fingerprint},
        backoff::Backoff,
        context::{ClusterView, SourceContext},
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// Seconds after which the server ends a watch (`timeoutSeconds`). A dead connection is detected after that.
const WATCH_SECONDS: u32 = 25;

/// Longest time without an event of a list or watch that is not live; then it is restarted.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Watch of one kind of object.
pub(super) struct ResourceWatch {
    reporter: SourceReporter,
    access: ApiAccess,
    cluster: ClusterView,
    credentials: CredentialCache,
    recovered: NotificationReceiver,
    woken: NotificationReceiver,
    backoff: Backoff,
}

/// Inputs of a client, for detecting that it has to be recreated.
struct ClientInputs {
    fingerprint: Fingerprint,
    /// Time at which the credential has to be renewed. `None` if it lasts.
    renew_at: Option<Instant>,
    credential: Option<CredentialId>,
}

/// Reason for leaving a stream of events.
enum StreamExit {
    /// Start a stream with the same client.
    Restart,
    /// Recreate the client first.
    Reconnect,
}

/// Objects of a list under way: the key of each, and its fact if it has one.
type PartialList = Vec<(String, Option<Observation>)>;

impl ResourceWatch {
    pub(super) fn new(
        reporter: SourceReporter,
        access: ApiAccess,
        cluster: ClusterView,
        context: &SourceContext,
    ) -> Self {
        let (recovered, woken) = (context.api_server.recovered.subscribe(), context.woken.subscribe());
        let credentials = context.credentials.clone();
        Self { reporter, access, cluster, credentials, recovered, woken, backoff: Backoff::default() }
    }

    /// Watches until the session has ended.
    pub(super) async fn run<K: WatchedObject>(mut self) -> Result<(), FeedClosed> {
        self.reporter.report_health(SourceHealth::Connecting).await?;
        loop {
            match self.connect().await {
                Ok((client, mut answers, inputs)) => {
                    while let StreamExit::Restart =
                        self.follow_stream::<K>(client.clone(), &mut answers, &inputs).await?
                    {}
                }
                Err(error) => {
                    match error {
                        AccessError::NoCluster => self.reporter.report_health(SourceHealth::Connecting).await?,
                        error => self.reporter.report_retrying(error).await?,
                    }
                    let mut cluster = self.cluster.clone();
                    tokio::select! {
                        () = changed(&mut cluster) => {}
                        _interrupted = self.wait_for_retry() => {}
                    }
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<(kube::Client, AnswerCount, ClientInputs), AccessError> {
        self.woken.mark_received();
        let fingerprint = self.access.fingerprint().await;
        let cluster = self.cluster.borrow_and_update().clone();
        let clock = self.reporter.feed.clock();
        let connection = self.access.connection(cluster.as_ref(), &self.credentials, clock).await?;
        let ApiConnection { config, renew_at, credential } = connection;
        let renew_at = renew_at.map(|at| clock.instant(at));
        let (client, answers) = client::client(config)?;
        Ok((client, answers, ClientInputs { fingerprint, renew_at, credential }))
    }

    /// Follows one stream of events. kube's watcher resumes it after an error and lists again when it has to.
    async fn follow_stream<K: WatchedObject>(
        &mut self,
        client: kube::Client,
        answers: &mut AnswerCount,
        inputs: &ClientInputs,
    ) -> Result<StreamExit, FeedClosed> {
        let config = watcher::Config::default().timeout(WATCH_SECONDS);
        let mut events = pin!(watcher::watcher(K::api(client), config));
        let mut list = PartialList::new();
        let mut health = WatchHealth::Down;
        let mut probation_ends = self.instant_in(MIN_DURATION);
        let mut stalls_at = self.instant_in(STALL_TIMEOUT);
        loop {
            tokio::select! {
                biased;
                () = self.recovered.recv() => return Ok(StreamExit::Restart),
                () = self.woken.recv() => {
                    self.backoff.reset();
                    return Ok(StreamExit::Reconnect);
                }
                () = changed(&mut self.cluster) => return Ok(StreamExit::Reconnect),
                () = sleep_until(inputs.renew_at.unwrap_or(stalls_at)), if inputs.renew_at.is_some() => {
                    return Ok(StreamExit::Reconnect);
                }
                Ok(()) = answers.changed() => {
                    health = health.answered(self.instant_in(Duration::ZERO));
                    match health {
                        WatchHealth::Live(_) => self.report_live().await?,
                        WatchHealth::Down | WatchHealth::OnProbation => {
                            self.reporter.report_retrying("the API server closes each watch immediately").await?;
                            if self.wait_for_retry().await {
                                return Ok(StreamExit::Restart);
                            }
                            probation_ends = self.instant_in(MIN_DURATION);
                        }
                    }
                }
                () = sleep_until(probation_ends), if health == WatchHealth::OnProbation => {
                    health = WatchHealth::Live(probation_ends);
                    self.report_live().await?;
                }
                () = sleep_until(stalls_at), if health == WatchHealth::Down => {
                    self.reporter.report_retrying("the API server stopped in the middle of an answer").await?;
                    return Ok(StreamExit::Restart);
                }
                event = events.next() => {
                    match event {
                        Some(Ok(event)) => self.event(event, &mut list).await?,
                        Some(Err(error)) => {
                            health = WatchHealth::Down;
                            if let Some(exit) = self.error(&error, inputs).await? {
                                return Ok(exit);
                            }
                        }
                        None => return Ok(StreamExit::Restart),
                    }
                    stalls_at = self.instant_in(STALL_TIMEOUT);
                }
            }
        }
    }

    /// Sends the facts of an event. Those of a list are sent when it is complete.
    async fn event<K: WatchedObject>(&self, event: Event<K>, list: &mut PartialList) -> Result<(), FeedClosed> {
        match event {
            Event::Init => list.clear(),
            Event::InitApply(object) => list.push((object.key(), object.fact())),
            Event::InitDone => {
                let mut names = Vec::with_capacity(list.len());
                for (name, fact) in list.drain(..) {
                    names.push(name);
                    if let Some(fact) = fact {
                        self.reporter.send(fact).await?;
                    }
                }
                let listed = Listed { resource: K::RESOURCE, namespace: None, names };
                self.reporter.send(Observation::Listed(listed)).await?;
            }
            Event::Apply(object) => {
                if let Some(fact) = object.fact() {
                    self.reporter.send(fact).await?;
                }
            }
            Event::Delete(object) => {
                let gone = Observation::Gone { resource: K::RESOURCE, name: object.key() };
                self.reporter.send(gone).await?;
            }
        }
        Ok(())
    }

    /// Reports an error and waits for the next try. `None` if the stream may go on.
    async fn error(&mut self, error: &watcher::Error, inputs: &ClientInputs) -> Result<Option<StreamExit>, FeedClosed> {
        let status = watch_error::status_code(error);
        if status == Some(410) {
            // The watcher lists again at once: its position is older than the server's history.
            return Ok(None);
        }
        self.reporter.report_retrying(watch_error::message(error)).await?;
        if self.wait_for_retry().await {
            return Ok(Some(StreamExit::Restart));
        }
        let refused = status == Some(401);
        if refused && let Some(credential) = &inputs.credential {
            self.credentials.invalidate(credential).await;
        }
        // Reconnects after a 401 too, because the fingerprint does not cover the file of a token.
        let reconnect = refused || self.access.fingerprint().await != inputs.fingerprint;
        Ok(reconnect.then_some(StreamExit::Reconnect))
    }

    /// Waits for the backoff. Returns whether the wait was cut short, by a recovery of the API server or the end of a
    /// sleep of the machine.
    async fn wait_for_retry(&mut self) -> bool {
        // A clone, so that the notification remains for the stream, which then reconnects.
        let mut woken = self.woken.clone();
        tokio::select! {
            biased;
            () = woken.recv() => {
                self.backoff.reset();
                true
            }
            () = self.recovered.recv() => {
                self.backoff.reset();
                true
            }
            () = sleep(self.backoff.next()) => false,
        }
    }

    async fn report_live(&mut self) -> Result<(), FeedClosed> {
        self.backoff.reset();
        self.reporter.report_health(SourceHealth::Live).await
    }

    fn instant_in(&self, time: Duration) -> Instant {
        self.reporter.feed.clock().instant_now() + time
    }
}
