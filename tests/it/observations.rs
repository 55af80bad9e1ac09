//! Receives what the sources under test send, and waits for it.
//!
//! A wait is for a fact, never for a time; its time limit only turns a test that would hang into one that fails.

use std::time::Duration;

use blackout::{
    clock::Clock,
    feed::{self, Feed},
    observation::{Observation, SourceHealth, SourceId, Stamped},
    source::SourceContext,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Time limit of a wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Number of the last observations that a failed wait prints.
const PRINTED: usize = 30;

/// Session that keeps all observations, in order.
pub(crate) struct ObservationSink {
    pub(crate) context: SourceContext,
    receiver: mpsc::Receiver<Stamped>,
    received: Vec<Observation>,
    tasks: JoinSet<()>,
}

impl ObservationSink {
    pub(crate) fn new() -> Self {
        Self::with_capacity(feed::CAPACITY)
    }

    /// A sink whose channel has room for `capacity` observations.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let (feed, receiver) = Feed::channel(Clock::start(), capacity);
        let context = SourceContext::new(feed, CancellationToken::new());
        Self { context, receiver, received: Vec::new(), tasks: JoinSet::new() }
    }

    /// Starts a source that sends to this sink.
    pub(crate) fn spawn(&mut self, source: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(source);
    }

    /// Waits for the first observation from now on for which `select` returns a value.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut select: impl FnMut(&Observation) -> Option<T>) -> T {
        let wait = async {
            loop {
                let observation = self.receiver.recv().await.expect("the feed stays open").observation;
                let selected = select(&observation);
                self.received.push(observation);
                if let Some(selected) = selected {
                    return selected;
                }
            }
        };
        match tokio::time::timeout(TIMEOUT, wait).await {
            Ok(selected) => selected,
            Err(_elapsed) => {
                let last = &self.received[self.received.len().saturating_sub(PRINTED)..];
                panic!("timed out waiting for {what}; the last observations: {last:#?}")
            }
        }
    }

    pub(crate) async fn wait_live(&mut self, source: SourceId) {
        let is_live = |health: &SourceHealth| (*health == SourceHealth::Live).then_some(());
        self.wait(&format!("{source} live"), |observation| is_live(health(observation, &source)?)).await
    }

    /// Waits until a source retries. Returns its error.
    pub(crate) async fn wait_retrying(&mut self, source: SourceId) -> String {
        self.wait_error(source, "").await
    }

    /// Waits until a source retries because of an error that contains `text`. Returns the error.
    pub(crate) async fn wait_error(&mut self, source: SourceId, text: &str) -> String {
        let select = |observation: &Observation| match health(observation, &source)? {
            SourceHealth::Retrying { error } if error.contains(text) => Some(error.clone()),
            _ => None,
        };
        self.wait(&format!("{source} retrying because of {text:?}"), select).await
    }

    /// Waits for the next lines of the journals.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let what = format!("line {} of {count} ({lines:?})", lines.len() + 1);
            let line = self.wait(&what, |observation| match observation {
                Observation::Journal(line) => Some(line.line.clone()),
                _ => None,
            });
            lines.push(line.await);
        }
        lines
    }

    /// Everything that was received so far.
    pub(crate) fn received(&mut self) -> &[Observation] {
        while let Ok(stamped) = self.receiver.try_recv() {
            self.received.push(stamped.observation);
        }
        &self.received
    }

    /// Drops everything that was received so far.
    pub(crate) fn clear(&mut self) {
        self.received();
        self.received.clear();
    }

    /// Cancels the sources and waits for their end. Returns everything that was received.
    pub(crate) async fn close(mut self) -> Vec<Observation> {
        self.context.cancel.cancel();
        let ended = async { while self.tasks.join_next().await.transpose().expect("no source panics").is_some() {} };
        tokio::time::timeout(TIMEOUT, ended).await.expect("every source ends when it is cancelled");
        self.received();
        self.received
    }
}

/// Health of a source in an observation. `None` if the observation is another one.
pub(crate) fn health<'a>(observation: &'a Observation, source: &SourceId) -> Option<&'a SourceHealth> {
    match observation {
        Observation::Source(report) if report.source == *source => Some(&report.health),
        _ => None,
    }
}

/// Polls a condition that nothing signals.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, wait).await.unwrap_or_else(|_| panic!("timed out waiting until {what}"));
}
