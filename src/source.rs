//! The live sources: what each of them needs, and what they share.
//!
//! Every source is a `run` that says what it sees through the [`Feed`], reports how it is doing whenever that changes,
//! and never ends on an error: in an outage errors are the data. It ends when it is cancelled or the session is gone.
//! No source knows another. What one learns and others need travels over two watch channels: the cluster
//! ([`ClusterView`]) and the state of the API server ([`Away`], and a [`Signal`] when it is ready again). The session
//! signals that the machine has slept: connections from before may be dead.

pub mod access;
pub mod docker;
pub mod health;
pub mod journal;
pub mod kubernetes;
pub mod runtime;
pub mod traffic;

mod backoff;
mod failure;

use std::future::Future;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    feed::{Closed, Feed},
    observation::{Cluster, Observation, SourceHealth, SourceId, SourceReport},
};

/// The cluster that is watched, as the engine last described it; nothing until it was found. It stays what it was
/// while the engine is away. A source that follows it needs no other source: `watch::channel(Some(cluster))` will do.
pub type ClusterView = watch::Receiver<Option<Cluster>>;

/// What every source is given.
#[derive(Debug, Clone)]
pub struct Supply {
    /// The way to the session.
    pub feed: Feed,
    /// Ends the source.
    pub cancel: CancellationToken,
    /// Sent by the health source when the API server is ready again: whoever waits for it tries again at once.
    pub recovered: Signal,
    /// Sent by the session when the machine has slept: every source connects anew, without its backoff.
    pub woken: Signal,
    /// Tells whether the API server is away.
    pub away: Away,
    /// The credentials that plugins of a kubeconfig gave.
    pub credentials: access::Credentials,
}

impl Supply {
    /// What a source needs, with signals of its own; clone it for each source.
    pub fn new(feed: Feed, cancel: CancellationToken) -> Self {
        Self {
            feed,
            cancel,
            recovered: Signal::default(),
            woken: Signal::default(),
            away: Away::default(),
            credentials: access::Credentials::default(),
        }
    }

    /// Runs a source until it is cancelled or the session is gone.
    async fn until_cancelled<T>(&self, source: impl Future<Output = Result<T, Closed>>) {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {}
            _closed = source => {}
        }
    }
}

/// A signal that something has happened, without a value.
#[derive(Debug, Clone)]
pub struct Signal(watch::Sender<u64>);

impl Default for Signal {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Signal {
    /// Tells everyone who waits.
    pub fn announce(&self) {
        self.0.send_modify(|times| *times += 1);
    }

    /// A listener for the signals from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// Receives each signal once.
#[derive(Debug, Clone)]
pub struct Listener(watch::Receiver<u64>);

impl Listener {
    /// Waits for a signal that was not received yet; for ever when nobody can send one any more.
    pub async fn heard(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Takes all signals so far as received.
    fn catch_up(&mut self) {
        self.0.mark_unchanged();
    }
}

/// The signal whether the API server is away. The health source gives it; whoever asks more often in an outage hears it.
#[derive(Debug, Clone)]
pub struct Away(watch::Sender<bool>);

impl Default for Away {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Away {
    /// Tells everyone who listens, where it is news.
    pub fn set(&self, away: bool) {
        self.0.send_if_modified(|known| std::mem::replace(known, away) != away);
    }

    /// An ear for it.
    pub fn listen(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// A source's voice: says facts, and how the source is doing whenever that changes.
///
/// It waits for room in the session's channel, but not longer than the source is to live: a cancelled source finds the
/// session closed.
#[derive(Clone)]
struct Voice {
    feed: Feed,
    cancel: CancellationToken,
    source: SourceId,
    last: Option<SourceHealth>,
}

impl Voice {
    fn new(supply: &Supply, source: SourceId) -> Self {
        Self { feed: supply.feed.clone(), cancel: supply.cancel.clone(), source, last: None }
    }

    async fn say(&self, observation: Observation) -> Result<(), Closed> {
        self.cancel.run_until_cancelled(self.feed.say(observation)).await.unwrap_or(Err(Closed))
    }

    async fn is(&mut self, health: SourceHealth) -> Result<(), Closed> {
        if self.last.as_ref() == Some(&health) {
            return Ok(());
        }
        let report = self.report(health.clone());
        self.say(report).await?;
        self.last = Some(health);
        Ok(())
    }

    async fn retries(&mut self, error: impl ToString) -> Result<(), Closed> {
        self.is(SourceHealth::Retrying { error: error.to_string() }).await
    }

    /// For a source that must not wait: the observation to put into its next batch.
    fn report(&self, health: SourceHealth) -> Observation {
        Observation::Source(SourceReport { source: self.source.clone(), health })
    }
}

/// Waits for another description of the cluster; for ever when there cannot be one.
async fn changed<T>(view: &mut watch::Receiver<T>) {
    if view.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
