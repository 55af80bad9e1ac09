//! The journals' part of the story: what the source `journal` would say of a worker, in batches, and how many lines were
//! dropped because nobody took them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::kubelet::Journal;
use crate::{
    feed::{Feed, FeedClosed, TrySendBatchError},
    observation::{JournalLine, Observation, SourceHealth, SourceId, SourceReport},
};

/// Lines on their way from a kubelet.
const ROOM: usize = 512;
/// Lines of a batch, and how long a line waits for company.
const FULL: usize = 50;
const COMPANY: Duration = Duration::from_millis(100);
/// How long nothing must have been dropped before the source counts as live again.
const CALM: Duration = Duration::from_secs(5);

/// A worker's journal, and what says its lines.
pub(super) fn open(worker: &str, feed: Feed) -> (Journal, Teller) {
    let (lines, received) = mpsc::channel(ROOM);
    let dropped = Arc::new(AtomicU64::new(0));
    let teller = Teller { worker: worker.to_owned(), feed, received, dropped: dropped.clone(), unsaid: 0, total: 0 };
    (Journal { lines, dropped }, teller)
}

/// Says the lines of one journal.
pub(super) struct Teller {
    worker: String,
    feed: Feed,
    received: mpsc::Receiver<String>,
    dropped: Arc<AtomicU64>,
    unsaid: u64,
    total: u64,
}

impl Teller {
    /// Says them until it is cancelled or the session is gone.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        let _closed = cancel.run_until_cancelled(self.tell()).await;
    }

    async fn tell(&mut self) -> Result<(), FeedClosed> {
        self.feed.send(self.health(SourceHealth::Connecting)).await?;
        self.feed.send(self.health(SourceHealth::Live)).await?;
        let mut lines = Vec::with_capacity(FULL);
        let mut lagging = false;
        loop {
            tokio::select! {
                taken = self.received.recv_many(&mut lines, FULL) => {
                    if taken == 0 {
                        // the kubelet is gone for good
                        return Ok(());
                    }
                    if lines.len() < FULL {
                        tokio::time::sleep(COMPANY).await;
                        while lines.len() < FULL && let Ok(line) = self.received.try_recv() {
                            lines.push(line);
                        }
                    }
                    lagging |= !self.offer(&mut lines)?;
                }
                () = tokio::time::sleep(CALM), if lagging => {
                    lagging = !self.offer(&mut lines)?;
                    if !lagging {
                        self.feed.send(self.health(SourceHealth::Live)).await?;
                    }
                }
            }
        }
    }

    /// Offers what there is; whether nothing was dropped.
    fn offer(&mut self, lines: &mut Vec<String>) -> Result<bool, FeedClosed> {
        let count = lines.len() as u64;
        let lost = self.dropped.swap(0, Ordering::Relaxed);
        self.unsaid += lost;
        self.total += lost;
        let mut batch = Vec::with_capacity(lines.len() + 2);
        if self.unsaid > 0 {
            batch.push(Observation::JournalDropped { worker: self.worker.clone(), lines: self.unsaid });
            batch.push(self.health(SourceHealth::Lagging { dropped: self.total }));
        }
        let said = self.unsaid == 0;
        batch.extend(
            lines.drain(..).map(|line| Observation::Journal(JournalLine { worker: self.worker.clone(), line })),
        );
        match self.feed.try_send_batch(batch) {
            Ok(()) => {
                self.unsaid = 0;
                Ok(said)
            }
            Err(TrySendBatchError::Full) => {
                self.unsaid += count;
                self.total += count;
                Ok(false)
            }
            Err(TrySendBatchError::Closed(closed)) => Err(closed),
        }
    }

    fn health(&self, health: SourceHealth) -> Observation {
        Observation::Source(SourceReport { source: SourceId::Journal(self.worker.clone()), health })
    }
}
