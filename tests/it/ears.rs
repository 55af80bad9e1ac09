//! What a test hears from the sources, and waits for. Waiting is for a fact, never for a time; the guard only turns a
//! test that would hang into one that fails.

use std::time::Duration;

use blackout::{
    clock::Clock,
    feed::{self, Feed},
    observation::{Observation, SourceHealth, SourceId, SourceReport, Stamped},
    source::SourceContext,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

const GUARD: Duration = Duration::from_secs(30);

/// Everything that sources say, in order.
pub(crate) struct Ears {
    pub(crate) context: SourceContext,
    receiver: mpsc::Receiver<Stamped>,
    heard: Vec<Observation>,
    tasks: JoinSet<()>,
}

impl Ears {
    pub(crate) fn open() -> Self {
        Self::with_room(feed::CAPACITY)
    }

    pub(crate) fn with_room(room: usize) -> Self {
        let (feed, receiver) = Feed::channel(Clock::start(), room);
        let context = SourceContext::new(feed, CancellationToken::new());
        Self { context, receiver, heard: Vec::new(), tasks: JoinSet::new() }
    }

    /// Runs a source.
    pub(crate) fn run(&mut self, source: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(source);
    }

    /// Waits for the first observation, from now on, that tells something.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut tells: impl FnMut(&Observation) -> Option<T>) -> T {
        let wait = async {
            loop {
                let observation = self.receiver.recv().await.expect("the feed stays open").observation;
                let told = tells(&observation);
                self.heard.push(observation);
                if let Some(told) = told {
                    return told;
                }
            }
        };
        match tokio::time::timeout(GUARD, wait).await {
            Ok(told) => told,
            Err(_) => {
                let last: Vec<_> = self.heard.iter().rev().take(30).rev().collect();
                panic!("waited in vain for {what}; the last that was heard: {last:#?}")
            }
        }
    }

    pub(crate) async fn wait_live(&mut self, source: SourceId) {
        self.wait(&format!("{source} live"), |said| (health(said, &source)? == &SourceHealth::Live).then_some(())).await
    }

    /// Waits for the source to say why it tries again.
    pub(crate) async fn wait_retrying(&mut self, source: SourceId) -> String {
        self.wait(&format!("{source} retrying"), |said| match health(said, &source)? {
            SourceHealth::Retrying { error } => Some(error.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the source to give a reason that has these words in it.
    pub(crate) async fn wait_reason(&mut self, source: SourceId, words: &str) -> String {
        self.wait(&format!("{source} retrying because of {words:?}"), |said| match health(said, &source)? {
            SourceHealth::Retrying { error } if error.contains(words) => Some(error.clone()),
            _ => None,
        })
        .await
    }

    /// The journal's next lines.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let what = format!("line {} of {count} ({lines:?})", lines.len() + 1);
            let line = self.wait(&what, |said| match said {
                Observation::Journal(line) => Some(line.line.clone()),
                _ => None,
            });
            lines.push(line.await);
        }
        lines
    }

    /// Everything that was heard so far.
    pub(crate) fn heard(&mut self) -> &[Observation] {
        while let Ok(stamped) = self.receiver.try_recv() {
            self.heard.push(stamped.observation);
        }
        &self.heard
    }

    pub(crate) fn forget(&mut self) {
        self.heard();
        self.heard.clear();
    }

    /// Cancels the sources and waits for their end.
    pub(crate) async fn close(mut self) -> Vec<Observation> {
        self.context.cancel.cancel();
        let ended = async { while self.tasks.join_next().await.transpose().expect("no source panics").is_some() {} };
        tokio::time::timeout(GUARD, ended).await.expect("every source ends when it is cancelled");
        self.heard();
        self.heard
    }
}

pub(crate) fn health<'a>(said: &'a Observation, source: &SourceId) -> Option<&'a SourceHealth> {
    match said {
        Observation::Source(SourceReport { source: is, health }) if is == source => Some(health),
        _ => None,
    }
}

/// Waits until something is so that sends no signal.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(GUARD, wait).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
