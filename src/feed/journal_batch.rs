//! Batches of journal lines for the feed.
//!
//! Never waits: a batch for which the session has no room is dropped whole, and its lines are counted and reported.

use std::time::Duration;

use tokio::time::Instant;

use super::channel::{Feed, FeedClosed, TrySendBatchError};
use crate::observation::{JournalLine, Observation, SourceHealth, SourceId, SourceReport};

/// Number of lines in a full batch, which is sent at once.
const FULL: usize = 50;
/// Maximum delay before a partial batch is sent.
const MAX_DELAY: Duration = Duration::from_millis(100);
/// Time without a dropped line after which the source is live again.
const CALM: Duration = Duration::from_secs(5);

/// A batch of journal lines, and the lines that were dropped before it.
#[derive(Debug)]
pub struct JournalBatch {
    worker: String,
    lines: Vec<Observation>,
    /// Latest time for sending a partial batch. `None` if it is empty.
    due: Option<Instant>,
    /// Number of dropped lines that were not reported yet.
    unreported: u64,
    /// Number of lines that were dropped in all.
    dropped: u64,
    /// Time at which the source counts as live again. `None` if it does.
    lagging_until: Option<Instant>,
}

impl JournalBatch {
    /// Creates an empty batch for the journal of `worker`.
    pub fn new(worker: String) -> Self {
        Self { worker, lines: Vec::new(), due: None, unreported: 0, dropped: 0, lagging_until: None }
    }

    /// Time of the next [`try_send`](Self::try_send). `None` if there is nothing to send.
    pub fn due(&self) -> Option<Instant> {
        self.due.or(self.lagging_until)
    }

    /// Whether lines were dropped within the last 5 s.
    pub fn is_lagging(&self) -> bool {
        self.lagging_until.is_some()
    }

    /// Adds a line. Returns whether the batch is full.
    pub fn push(&mut self, line: String, now: Instant) -> bool {
        if self.lines.is_empty() {
            self.lines.reserve(FULL);
            self.due = Some(now + MAX_DELAY);
        }
        self.lines.push(Observation::Journal(JournalLine { worker: self.worker.clone(), line }));
        self.lines.len() >= FULL
    }

    /// Counts lines that were dropped before they could be added.
    pub fn count_dropped(&mut self, lines: u64, now: Instant) {
        if lines > 0 {
            self.unreported += lines;
            self.dropped += lines;
            self.lagging_until = Some(now + CALM);
        }
    }

    /// Sends the batch, or drops it if the session has no room. Returns the source's health if that was sent along.
    ///
    /// # Errors
    ///
    /// [`FeedClosed`] if the session has ended.
    pub fn try_send(&mut self, feed: &Feed, now: Instant) -> Result<Option<SourceHealth>, FeedClosed> {
        let lines = std::mem::take(&mut self.lines);
        self.due = None;
        let count = lines.len() as u64;
        let calm = self.lagging_until.is_some_and(|until| now >= until);
        let mut batch = Vec::with_capacity(lines.len() + 2);
        let mut health = None;
        if self.unreported > 0 {
            batch.push(Observation::JournalDropped { worker: self.worker.clone(), lines: self.unreported });
            health = Some(SourceHealth::Lagging { dropped: self.dropped });
        } else if calm {
            health = Some(SourceHealth::Live);
        }
        batch.extend(health.clone().map(|health| {
            Observation::Source(SourceReport { source: SourceId::Journal(self.worker.clone()), health })
        }));
        batch.extend(lines);
        if batch.is_empty() {
            return Ok(None);
        }
        match feed.try_send_batch(batch) {
            Ok(()) => {
                self.unreported = 0;
                if health == Some(SourceHealth::Live) {
                    self.lagging_until = None;
                }
                Ok(health)
            }
            Err(TrySendBatchError::Full) if count > 0 => {
                self.count_dropped(count, now);
                Ok(None)
            }
            Err(TrySendBatchError::Full) => {
                // Only the report itself was refused; the next try sends it.
                self.lagging_until = Some(now + MAX_DELAY);
                Ok(None)
            }
            Err(TrySendBatchError::Closed(closed)) => Err(closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::Receiver;

    use super::*;
    use crate::{clock::Clock, observation::Stamped};

    struct Setup {
        batch: JournalBatch,
        feed: Feed,
        receiver: Receiver<Stamped>,
        now: Instant,
    }

    fn set_up(capacity: usize) -> Setup {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, capacity);
        Setup { batch: JournalBatch::new("w".to_owned()), feed, receiver, now: clock.instant(clock.now()) }
    }

    fn received(receiver: &mut Receiver<Stamped>) -> Vec<Observation> {
        std::iter::from_fn(|| receiver.try_recv().ok()).map(|stamped| stamped.observation).collect()
    }

    fn line(text: &str) -> Observation {
        Observation::Journal(JournalLine { worker: "w".to_owned(), line: text.to_owned() })
    }

    fn health(health: SourceHealth) -> Observation {
        Observation::Source(SourceReport { source: SourceId::Journal("w".to_owned()), health })
    }

    fn dropped(lines: u64) -> Observation {
        Observation::JournalDropped { worker: "w".to_owned(), lines }
    }

    #[tokio::test]
    async fn a_partial_batch_is_due_after_the_delay_and_keeps_the_order() {
        let Setup { mut batch, feed, mut receiver, now } = set_up(100);
        assert_eq!(batch.due(), None);
        assert!(!batch.push("a".to_owned(), now));
        assert_eq!(batch.due(), Some(now + MAX_DELAY));
        assert!(!batch.push("b".to_owned(), now));
        assert_eq!(batch.try_send(&feed, now), Ok(None));
        assert_eq!(received(&mut receiver), [line("a"), line("b")]);
        assert_eq!(batch.due(), None);
    }

    #[tokio::test]
    async fn a_batch_without_room_is_dropped_whole_and_reported_with_the_next() {
        let Setup { mut batch, feed, mut receiver, now } = set_up(3);
        for text in ["a", "b", "c", "d"] {
            batch.push(text.to_owned(), now);
        }
        assert_eq!(batch.try_send(&feed, now), Ok(None));
        assert_eq!(received(&mut receiver), []);
        assert!(batch.is_lagging());
        batch.push("e".to_owned(), now);
        let lagging = SourceHealth::Lagging { dropped: 4 };
        assert_eq!(batch.try_send(&feed, now), Ok(Some(lagging.clone())));
        assert_eq!(received(&mut receiver), [dropped(4), health(lagging), line("e")]);
        assert_eq!(batch.try_send(&feed, now + CALM), Ok(Some(SourceHealth::Live)));
        assert_eq!(received(&mut receiver), [health(SourceHealth::Live)]);
        assert!(!batch.is_lagging());
    }

    #[tokio::test]
    async fn lines_that_were_dropped_before_the_batch_are_reported_with_it() {
        let Setup { mut batch, feed, mut receiver, now } = set_up(100);
        batch.count_dropped(2, now);
        assert_eq!(batch.due(), Some(now + CALM));
        batch.push("a".to_owned(), now);
        batch.try_send(&feed, now).unwrap();
        let lagging = health(SourceHealth::Lagging { dropped: 2 });
        assert_eq!(received(&mut receiver), [dropped(2), lagging, line("a")]);
    }

    #[tokio::test]
    async fn the_line_that_fills_the_batch_is_signaled() {
        let Setup { mut batch, now, .. } = set_up(3);
        let full: Vec<_> = (0..FULL).map(|n| batch.push(n.to_string(), now)).collect();
        assert_eq!(full.iter().filter(|full| **full).count(), 1);
        assert!(full[FULL - 1]);
    }
}
