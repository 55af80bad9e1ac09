//! Batches of journal lines for the session.
//!
//! Never waits: a batch for which there is no room is dropped whole, and its lines are counted.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    feed::{FeedClosed, TrySendBatchError},
    observation::{JournalLine, Observation, SourceHealth},
    source::reporter::SourceReporter,
};

/// Number of lines of a full batch.
const FULL_BATCH: usize = 50;
/// Longest delay before a partial batch is sent.
const MAX_DELAY: Duration = Duration::from_millis(100);
/// Time after the last drop during which the source counts as lagging.
const LAG_AFTER_DROP: Duration = Duration::from_secs(5);

/// Lines that were not sent yet, and the count of those that were dropped.
#[derive(Debug)]
pub(super) struct JournalBatch {
    worker: String,
    lines: Vec<Observation>,
    /// Latest time for sending the lines. `None` if there are none.
    due: Option<Instant>,
    /// Number of lines that were dropped since the last report.
    unreported: u64,
    /// Number of lines that were dropped in all.
    dropped: u64,
    /// End of the lag. `None` if the source is not lagging.
    lagging_until: Option<Instant>,
}

impl JournalBatch {
    pub(super) fn new(worker: String) -> Self {
        Self { worker, lines: Vec::new(), due: None, unreported: 0, dropped: 0, lagging_until: None }
    }

    /// Time of the next [`JournalBatch::try_send`]. `None` if there is nothing to send.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.or(self.lagging_until)
    }

    /// Whether lines were dropped recently.
    pub(super) fn is_lagging(&self) -> bool {
        self.lagging_until.is_some()
    }

    /// Adds a line. Returns whether the batch is full.
    pub(super) fn push(&mut self, line: String, now: Instant) -> bool {
        if self.lines.is_empty() {
            self.lines.reserve(FULL_BATCH);
            self.due = Some(now + MAX_DELAY);
        }
        self.lines.push(Observation::Journal(JournalLine { worker: self.worker.clone(), line }));
        self.lines.len() >= FULL_BATCH
    }

    /// Sends the lines, or drops them if there is no room. Reports drops, and the end of a lag.
    ///
    /// # Errors
    ///
    /// [`FeedClosed`] if the session has ended.
    pub(super) fn try_send(&mut self, reporter: &mut SourceReporter, now: Instant) -> Result<(), FeedClosed> {
        let lines = std::mem::take(&mut self.lines);
        self.due = None;
        let count = lines.len() as u64;
        let lag_is_over = self.lagging_until.is_some_and(|until| now >= until);
        let mut batch = Vec::new();
        let mut health = None;
        if self.unreported > 0 {
            batch.push(Observation::JournalDropped { worker: self.worker.clone(), lines: self.unreported });
            health = Some(SourceHealth::Lagging { dropped: self.dropped });
        } else if lag_is_over {
            health = Some(SourceHealth::Live);
        }
        batch.extend(health.clone().map(|health| reporter.health_observation(health)));
        batch.extend(lines);
        if batch.is_empty() {
            return Ok(());
        }
        match reporter.feed.try_send_batch(batch) {
            Ok(()) => {
                self.unreported = 0;
                if lag_is_over && matches!(health, Some(SourceHealth::Live)) {
                    self.lagging_until = None;
                }
                if health.is_some() {
                    reporter.last_health = health;
                }
                Ok(())
            }
            Err(TrySendBatchError::Full) => {
                self.unreported += count;
                self.dropped += count;
                if count > 0 {
                    self.lagging_until = Some(now + LAG_AFTER_DROP);
                } else {
                    // Nothing was dropped: only the report of the lag has to wait.
                    self.lagging_until = Some(now + MAX_DELAY);
                }
                Ok(())
            }
            Err(TrySendBatchError::Closed(closed)) => Err(closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::Receiver;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        clock::Clock,
        feed::Feed,
        observation::{SourceId, SourceReport, Stamped},
        source::context::SourceContext,
    };

    fn set_up(room: usize) -> (JournalBatch, SourceReporter, Receiver<Stamped>, Instant) {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, room);
        let context = SourceContext::new(feed, CancellationToken::new());
        let reporter = SourceReporter::new(&context, SourceId::Journal("w".to_owned()));
        (JournalBatch::new("w".to_owned()), reporter, receiver, clock.instant(clock.now()))
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

    #[tokio::test]
    async fn lines_are_sent_in_one_batch_and_in_order() {
        let (mut batch, mut reporter, mut receiver, now) = set_up(100);
        assert_eq!(batch.due(), None);
        assert!(!batch.push("a".to_owned(), now));
        assert_eq!(batch.due(), Some(now + MAX_DELAY));
        assert!(!batch.push("b".to_owned(), now));
        batch.try_send(&mut reporter, now).unwrap();
        assert_eq!(received(&mut receiver), [line("a"), line("b")]);
        assert_eq!(batch.due(), None);
    }

    #[tokio::test]
    async fn a_batch_without_room_is_dropped_whole_and_reported_once_there_is_room() {
        let (mut batch, mut reporter, mut receiver, now) = set_up(3);
        for text in ["a", "b", "c", "d"] {
            batch.push(text.to_owned(), now);
        }
        batch.try_send(&mut reporter, now).unwrap();
        assert_eq!(received(&mut receiver), []);
        assert!(batch.is_lagging());
        batch.push("e".to_owned(), now);
        batch.try_send(&mut reporter, now).unwrap();
        let dropped = Observation::JournalDropped { worker: "w".to_owned(), lines: 4 };
        assert_eq!(received(&mut receiver), [dropped, health(SourceHealth::Lagging { dropped: 4 }), line("e")]);
        batch.try_send(&mut reporter, now + LAG_AFTER_DROP).unwrap();
        assert_eq!(received(&mut receiver), [health(SourceHealth::Live)]);
        assert!(!batch.is_lagging());
    }

    #[tokio::test]
    async fn a_full_batch_is_signaled() {
        let (mut batch, _, _, now) = set_up(3);
        let full: Vec<_> = (0..FULL_BATCH).map(|n| batch.push(n.to_string(), now)).collect();
        assert_eq!(full.iter().filter(|full| **full).count(), 1);
        assert!(full[FULL_BATCH - 1]);
    }
}
