//! Lines on their way to the session: handed over in batches, dropped in whole batches when there is no room, and
//! every dropped line counted. Never waits.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    feed::{FeedClosed, TrySendBatchError},
    observation::{JournalLine, Observation, SourceHealth},
    source::reporter::SourceReporter,
};

/// Lines of a full batch.
const FULL: usize = 50;
/// How long a line waits for company.
const WAIT: Duration = Duration::from_millis(100);
/// How long nothing must have been dropped before the source counts as live again.
const CALM: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Batch {
    worker: String,
    lines: Vec<Observation>,
    due: Option<Instant>,
    /// Dropped and not said yet.
    unsaid: u64,
    dropped: u64,
    lagging_until: Option<Instant>,
}

impl Batch {
    pub(super) fn new(worker: String) -> Self {
        Self { worker, lines: Vec::new(), due: None, unsaid: 0, dropped: 0, lagging_until: None }
    }

    /// When something is to be handed over; nothing while there is nothing to say.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.or(self.lagging_until)
    }

    /// Whether lines were dropped a moment ago.
    pub(super) fn is_lagging(&self) -> bool {
        self.lagging_until.is_some()
    }

    /// Adds a line; tells whether the batch is full.
    pub(super) fn push(&mut self, line: String, now: Instant) -> bool {
        if self.lines.is_empty() {
            self.lines.reserve(FULL);
            self.due = Some(now + WAIT);
        }
        self.lines.push(Observation::Journal(JournalLine { worker: self.worker.clone(), line }));
        self.lines.len() >= FULL
    }

    /// Hands over what there is, or drops it.
    pub(super) fn offer(&mut self, reporter: &mut SourceReporter, now: Instant) -> Result<(), FeedClosed> {
        let lines = std::mem::take(&mut self.lines);
        self.due = None;
        let count = lines.len() as u64;
        let calm = self.lagging_until.is_some_and(|until| now >= until);
        let mut batch = Vec::new();
        let mut health = None;
        if self.unsaid > 0 {
            batch.push(Observation::JournalDropped { worker: self.worker.clone(), lines: self.unsaid });
            health = Some(SourceHealth::Lagging { dropped: self.dropped });
        } else if calm {
            health = Some(SourceHealth::Live);
        }
        batch.extend(health.clone().map(|health| reporter.health_observation(health)));
        batch.extend(lines);
        if batch.is_empty() {
            return Ok(());
        }
        match reporter.feed.try_send_batch(batch) {
            Ok(()) => {
                self.unsaid = 0;
                if calm && matches!(health, Some(SourceHealth::Live)) {
                    self.lagging_until = None;
                }
                if health.is_some() {
                    reporter.last_health = health;
                }
                Ok(())
            }
            Err(TrySendBatchError::Full) => {
                self.unsaid += count;
                self.dropped += count;
                if count > 0 {
                    self.lagging_until = Some(now + CALM);
                } else {
                    // only news about the lag itself: it can wait
                    self.lagging_until = Some(now + WAIT);
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

    fn set_up(room: usize) -> (Batch, SourceReporter, Receiver<Stamped>, Instant) {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, room);
        let context = SourceContext::new(feed, CancellationToken::new());
        let reporter = SourceReporter::new(&context, SourceId::Journal("w".to_owned()));
        (Batch::new("w".to_owned()), reporter, receiver, clock.instant(clock.now()))
    }

    fn heard(receiver: &mut Receiver<Stamped>) -> Vec<Observation> {
        std::iter::from_fn(|| receiver.try_recv().ok()).map(|stamped| stamped.observation).collect()
    }

    fn line(text: &str) -> Observation {
        Observation::Journal(JournalLine { worker: "w".to_owned(), line: text.to_owned() })
    }

    fn health(health: SourceHealth) -> Observation {
        Observation::Source(SourceReport { source: SourceId::Journal("w".to_owned()), health })
    }

    #[tokio::test]
    async fn lines_wait_for_company_and_arrive_in_order() {
        let (mut batch, mut reporter, mut receiver, now) = set_up(100);
        assert_eq!(batch.due(), None);
        assert!(!batch.push("a".to_owned(), now));
        assert_eq!(batch.due(), Some(now + WAIT));
        assert!(!batch.push("b".to_owned(), now));
        batch.offer(&mut reporter, now).unwrap();
        assert_eq!(heard(&mut receiver), [line("a"), line("b")]);
        assert_eq!(batch.due(), None);
    }

    #[tokio::test]
    async fn a_batch_without_room_is_dropped_whole_counted_and_said_once_there_is_room() {
        let (mut batch, mut reporter, mut receiver, now) = set_up(3);
        for text in ["a", "b", "c", "d"] {
            batch.push(text.to_owned(), now);
        }
        batch.offer(&mut reporter, now).unwrap();
        assert_eq!(heard(&mut receiver), []);
        assert!(batch.is_lagging());
        batch.push("e".to_owned(), now);
        batch.offer(&mut reporter, now).unwrap();
        let dropped = Observation::JournalDropped { worker: "w".to_owned(), lines: 4 };
        assert_eq!(heard(&mut receiver), [dropped, health(SourceHealth::Lagging { dropped: 4 }), line("e")]);
        batch.offer(&mut reporter, now + CALM).unwrap();
        assert_eq!(heard(&mut receiver), [health(SourceHealth::Live)]);
        assert!(!batch.is_lagging());
    }

    #[tokio::test]
    async fn a_full_batch_says_so() {
        let (mut batch, _, _, now) = set_up(3);
        let full: Vec<_> = (0..FULL).map(|n| batch.push(n.to_string(), now)).collect();
        assert_eq!(full.iter().filter(|full| **full).count(), 1);
        assert!(full[FULL - 1]);
    }
}
