//! One watch, kept up for as long as the session lasts.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    decode::Watched,
    transport::{self, Answered},
};
use crate::{
    feed::FeedClosed,
    observation::{Listed, Observation, ProbeError, SourceHealth},
    source::{
        access::{AccessError, ApiAccess, Connection, CredentialCache, Fingerprint, Receipt},
        backoff::Backoff,
        context::{ClusterView, SourceContext},
        failure,
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// How long the server keeps a watch open before it is asked again; a dead one is found out after that.
const WATCH_SECONDS: u32 = 25;
/// A list that makes no progress for so long is started anew.
const STUCK: Duration = Duration::from_secs(10);
/// A watch that does not last so long is none.
const SHORT: Duration = Duration::from_secs(1);

/// One watch, and what it needs.
pub(super) struct Watch {
    reporter: SourceReporter,
    access: ApiAccess,
    cluster: ClusterView,
    credentials: CredentialCache,
    recovery: NotificationReceiver,
    woken: NotificationReceiver,
    backoff: Backoff,
}

/// What a client was made from, to see when it has to be made anew.
struct Origin {
    fingerprint: Fingerprint,
    /// When its credential ends. `None` if it lasts.
    renew_at: Option<Instant>,
    receipt: Option<Receipt>,
}

/// Why the stream of events was left.
enum Left {
    /// Start it anew.
    Restart,
    /// Find the way to the API server anew, too.
    Reconfigure,
}

impl Watch {
    pub(super) fn new(
        reporter: SourceReporter,
        access: ApiAccess,
        cluster: ClusterView,
        context: &SourceContext,
    ) -> Self {
        let (recovery, woken) = (context.api_server.recovered.subscribe(), context.woken.subscribe());
        let credentials = context.credentials.clone();
        Self { reporter, access, cluster, credentials, recovery, woken, backoff: Backoff::default() }
    }

    pub(super) async fn run<K: Watched>(mut self) -> Result<(), FeedClosed> {
        self.reporter.report_health(SourceHealth::Connecting).await?;
        loop {
            self.woken.mark_received();
            let fingerprint = self.access.fingerprint().await;
            let cluster = self.cluster.borrow_and_update().clone();
            let clock = self.reporter.feed.clock();
            let connected = match self.access.connection(cluster.as_ref(), &self.credentials, clock).await {
                Ok(Connection { config, renew_at, receipt }) => {
                    let renew_at = renew_at.map(|at| clock.instant(at));
                    transport::client(config).map(|client| (client, Origin { fingerprint, renew_at, receipt }))
                }
                Err(error) => Err(error),
            };
            match connected {
                Ok(((client, answered), origin)) => self.keep_watching::<K>(client, answered, &origin).await?,
                Err(error) => {
                    match error {
                        AccessError::NoCluster => self.reporter.report_health(SourceHealth::Connecting).await?,
                        error => self.reporter.report_retrying(error).await?,
                    }
                    let mut cluster = self.cluster.clone();
                    tokio::select! {
                        () = changed(&mut cluster) => {}
                        _recovered = self.pause() => {}
                    }
                }
            }
        }
    }

    /// Watches until the way to the API server is to be found anew.
    async fn keep_watching<K: Watched>(
        &mut self,
        client: kube::Client,
        mut answered: Answered,
        origin: &Origin,
    ) -> Result<(), FeedClosed> {
        loop {
            match self.watch::<K>(client.clone(), &mut answered, origin).await? {
                Left::Restart => {}
                Left::Reconfigure => return Ok(()),
            }
        }
    }

    async fn watch<K: Watched>(
        &mut self,
        client: kube::Client,
        answered: &mut Answered,
        origin: &Origin,
    ) -> Result<Left, FeedClosed> {
        let mut events = pin!(watcher::watcher(K::api(client), watcher::Config::default().timeout(WATCH_SECONDS)));
        let mut list = Vec::new();
        let mut probation = self.after(SHORT);
        let mut standing = Standing::Down;
        let mut stuck = self.after(STUCK);
        loop {
            tokio::select! {
                biased;
                () = self.recovery.recv() => return Ok(Left::Restart),
                () = self.woken.recv() => {
                    self.backoff.reset();
                    return Ok(Left::Reconfigure);
                }
                () = changed(&mut self.cluster) => return Ok(Left::Reconfigure),
                () = sleep_until(origin.renew_at.unwrap_or(probation)), if origin.renew_at.is_some() => {
                    return Ok(Left::Reconfigure);
                }
                Ok(()) = answered.changed() => {
                    standing = standing.answered(self.after(Duration::ZERO));
                    match standing {
                        Standing::Live(_) => self.lives().await?,
                        Standing::Down | Standing::OnProbation => {
                            self.reporter.report_retrying("the API server closes each watch as soon as it has begun").await?;
                            if self.pause().await {
                                return Ok(Left::Restart);
                            }
                            probation = self.after(SHORT);
                        }
                    }
                }
                () = sleep_until(probation), if standing == Standing::OnProbation => {
                    standing = Standing::Live(probation);
                    self.lives().await?;
                }
                () = sleep_until(stuck), if standing == Standing::Down => {
                    self.reporter.report_retrying("the API server began to answer and did not go on").await?;
                    return Ok(Left::Restart);
                }
                event = events.next() => {
                    stuck = self.after(STUCK);
                    match event {
                        Some(Ok(event)) => self.happened(event, &mut list).await?,
                        Some(Err(error)) => {
                            standing = Standing::Down;
                            if let Some(left) = self.failed(&error, origin).await? {
                                return Ok(left);
                            }
                            stuck = self.after(STUCK);
                        }
                        None => return Ok(Left::Restart),
                    }
                }
            }
        }
    }

    /// A list is said when it is complete; until then the last one stands.
    async fn happened<K: Watched>(
        &mut self,
        event: Event<K>,
        list: &mut Vec<(String, Option<Observation>)>,
    ) -> Result<(), FeedClosed> {
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
                self.reporter.send(Observation::Gone { resource: K::RESOURCE, name: object.key() }).await?;
            }
        }
        Ok(())
    }

    /// Says what went wrong and waits. The stream itself knows where to go on, unless there is more to do.
    async fn failed(&mut self, error: &watcher::Error, origin: &Origin) -> Result<Option<Left>, FeedClosed> {
        if code(error) == Some(410) {
            // too long away: the stream makes a new list by itself, at once
            return Ok(None);
        }
        self.reporter.report_retrying(words(error)).await?;
        if self.pause().await {
            return Ok(Some(Left::Restart));
        }
        let refused = code(error) == Some(401);
        if refused && let Some(receipt) = &origin.receipt {
            self.credentials.refused(receipt).await;
        }
        // what a file of a token holds is not in the fingerprint
        let anew = refused || self.access.fingerprint().await != origin.fingerprint;
        Ok(anew.then_some(Left::Reconfigure))
    }

    /// Waits before another try; true when the API server recovered meanwhile, or the machine woke up.
    async fn pause(&mut self) -> bool {
        // it stays unheard for the watch, which then finds the way to the API server anew
        let mut woken = self.woken.clone();
        tokio::select! {
            biased;
            () = woken.recv() => {
                self.backoff.reset();
                true
            }
            () = self.recovery.recv() => {
                self.backoff.reset();
                true
            }
            () = sleep(self.backoff.next()) => false,
        }
    }

    async fn lives(&mut self) -> Result<(), FeedClosed> {
        self.backoff.reset();
        self.reporter.report_health(SourceHealth::Live).await
    }

    fn after(&self, time: Duration) -> Instant {
        let clock = self.reporter.feed.clock();
        clock.instant(clock.now()) + time
    }
}

/// How the watch stands. The stream restarts a watch that was closed without a word and without a pause, so a server
/// that closes each of them at once would be asked as fast as it can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not answered yet, or failed.
    Down,
    /// Answered at this moment.
    Live(Instant),
    /// The last one was closed as soon as it had begun: this one has to last a moment first.
    OnProbation,
}

impl Standing {
    fn answered(self, now: Instant) -> Self {
        match self {
            Self::Down => Self::Live(now),
            Self::Live(since) if now.duration_since(since) >= SHORT => Self::Live(now),
            Self::Live(_) | Self::OnProbation => Self::OnProbation,
        }
    }
}

/// The API server's own words. `None` if it did not answer.
fn status(error: &watcher::Error) -> Option<&kube::core::Status> {
    match error {
        watcher::Error::WatchError(status) => Some(status),
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status),
        _ => None,
    }
}

/// The status code of a watch that was refused: 410 if the history of the API server does not reach back to where the
/// watch broke off.
fn code(error: &watcher::Error) -> Option<u16> {
    status(error).map(|status| status.code)
}

/// What went wrong, in words that stay the same while it stays the same.
fn words(error: &watcher::Error) -> String {
    if let Some(status) = status(error) {
        return match status.code {
            401 => "the API server does not know the kubeconfig's user (401): `kind export kubeconfig` writes the \
                    credentials anew"
                .to_owned(),
            403 => "the API server does not let us look yet (403): its roles are still being loaded".to_owned(),
            code => format!("the API server answers {code} {}: {}", status.reason, status.message),
        };
    }
    let what = match failure::kind(error) {
        ProbeError::Refused => "the API server's port is closed",
        // a published port without a server behind it gives now the one, now the other
        ProbeError::Reset | ProbeError::Eof => "the connection to the API server was cut",
        ProbeError::Timeout => "the API server does not answer",
        ProbeError::Unreachable => "there is no way to the API server",
        ProbeError::Dns => "the API server's name does not resolve",
        ProbeError::Tls => {
            return format!(
                "the API server's certificate is not the one that the kubeconfig trusts ({}): `kind export \
                 kubeconfig` writes it anew",
                failure::words(error)
            );
        }
        ProbeError::Other => return format!("watching failed: {}", failure::words(error)),
    };
    what.to_owned()
}
