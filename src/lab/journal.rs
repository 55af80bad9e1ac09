//! The journals of the lab: sends the observations that the source `journal` would make of a worker.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{sync::mpsc, time::sleep_until};
use tokio_util::sync::CancellationToken;

use super::kubelet::KubeletJournal;
use crate::{
    feed::{Feed, FeedClosed, JournalBatch},
    observation::{Observation, SourceHealth, SourceId, SourceReport},
};

/// Lines of a kubelet that may wait to be forwarded: ten batches.
const QUEUE: usize = 512;

/// The reader of a kubelet's journal, which sends the lines to the feed.
pub(super) struct JournalForwarder {
    worker: String,
    feed: Feed,
    lines: mpsc::Receiver<String>,
    /// Lines that the kubelet dropped because the queue was full, since this was last read.
    dropped: Arc<AtomicU64>,
    batch: JournalBatch,
}

impl JournalForwarder {
    /// Creates the journal of a worker and its forwarder.
    pub(super) fn new(worker: &str, feed: Feed) -> (KubeletJournal, Self) {
        let (sender, lines) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let journal = KubeletJournal { lines: sender, dropped: dropped.clone() };
        let batch = JournalBatch::new(worker.to_owned());
        (journal, Self { worker: worker.to_owned(), feed, lines, dropped, batch })
    }

    /// Forwards lines until `shutdown` is cancelled or the session has ended.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        let _closed = shutdown.run_until_cancelled(self.forward()).await;
    }

    async fn forward(&mut self) -> Result<(), FeedClosed> {
        self.feed.send(self.report(SourceHealth::Connecting)).await?;
        self.feed.send(self.report(SourceHealth::Live)).await?;
        loop {
            let due = self.batch.due();
            let wake_at = due.unwrap_or_else(|| self.feed.clock().instant_now());
            tokio::select! {
                () = sleep_until(wake_at), if due.is_some() => self.send()?,
                line = self.lines.recv() => {
                    let Some(line) = line else { return self.send() };
                    if self.batch.push(line, self.feed.clock().instant_now()) {
                        self.send()?;
                    }
                }
            }
        }
    }

    fn send(&mut self) -> Result<(), FeedClosed> {
        let now = self.feed.clock().instant_now();
        self.batch.count_dropped(self.dropped.swap(0, Ordering::Relaxed), now);
        self.batch.try_send(&self.feed, now).map(drop)
    }

    fn report(&self, health: SourceHealth) -> Observation {
        Observation::Source(SourceReport { source: SourceId::Journal(self.worker.clone()), health })
    }
}
