//! The handles that every source is given: the feed, its cancellation, and the channels between sources.

use std::future::Future;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{access::CredentialCache, notifier::Notifier};
use crate::{
    feed::{Feed, FeedClosed},
    observation::Cluster,
};

/// The watched cluster as the engine last described it, `None` until it was found. The value stays while the engine is
/// away. A test that has no engine uses `watch::channel(Some(cluster))`.
pub type ClusterView = watch::Receiver<Option<Cluster>>;

/// Handles of a source. Clones share the channels.
#[derive(Debug, Clone)]
pub struct SourceContext {
    /// Channel to the session.
    pub feed: Feed,
    /// Token whose cancellation ends the source.
    pub cancel: CancellationToken,
    /// State of the API server, published by the health source.
    pub api_server: ApiServerSignals,
    /// Sent by the session after a sleep of the machine: each source connects anew, without waiting for its backoff.
    pub woken: Notifier,
    /// Credentials from the exec plugins of a kubeconfig, shared so that a plugin runs once for all sources.
    pub credentials: CredentialCache,
}

impl SourceContext {
    /// Creates the context of a session, to be cloned for each source.
    pub fn new(feed: Feed, cancel: CancellationToken) -> Self {
        Self {
            feed,
            cancel,
            api_server: ApiServerSignals::default(),
            woken: Notifier::default(),
            credentials: CredentialCache::default(),
        }
    }

    /// Runs a source until it is cancelled or the session has ended.
    pub(super) async fn until_cancelled<T>(&self, source: impl Future<Output = Result<T, FeedClosed>>) {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {}
            _session_ended = source => {}
        }
    }
}

/// State of the API server for the sources that act on it. A signal instead of a call, so that no source imports
/// another.
#[derive(Debug, Clone)]
pub struct ApiServerSignals {
    /// Sent when `/readyz` is 200 again: the watches reconnect at once instead of finishing their backoff.
    pub recovered: Notifier,
    down: watch::Sender<bool>,
}

impl Default for ApiServerSignals {
    fn default() -> Self {
        Self { recovered: Notifier::default(), down: watch::Sender::new(false) }
    }
}

impl ApiServerSignals {
    /// Publishes whether the API server is down (`/readyz` is not 200). Receivers are woken only by a change.
    pub fn set_down(&self, down: bool) {
        self.down.send_if_modified(|last| std::mem::replace(last, down) != down);
    }

    /// Subscribes to whether the API server is down; `false` until the first health check failed.
    pub fn subscribe_down(&self) -> watch::Receiver<bool> {
        self.down.subscribe()
    }
}
