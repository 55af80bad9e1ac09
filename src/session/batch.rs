//! Observations in batches, so that a burst wakes the session's thread once.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{clock::Clock, observation::Stamped};

/// Observations folded between two checks for keys and frames.
pub(super) const BATCH_SIZE: usize = 256;

/// Delay after a partial batch, so that a burst is folded in one batch. Below the shortest interval between two frames,
/// which is 15 ms.
const BATCH_WINDOW: Duration = Duration::from_millis(10);

/// The receiving end of the feed.
#[derive(Debug)]
pub(super) struct BatchReceiver {
    receiver: mpsc::Receiver<Stamped>,
    clock: Clock,
    /// End of the delay after a partial batch. `None` if there is no delay.
    resume_at: Option<Instant>,
}

impl BatchReceiver {
    pub(super) fn new(receiver: mpsc::Receiver<Stamped>, clock: Clock) -> Self {
        Self { receiver, clock, resume_at: None }
    }

    /// Waits for observations and appends up to [`BATCH_SIZE`] of them to `batch`. Cancel safe.
    pub(super) async fn drain(&mut self, batch: &mut Vec<Stamped>) {
        if let Some(at) = self.resume_at {
            sleep_until(at).await;
            self.resume_at = None;
        }
        let received = self.receiver.recv_many(batch, BATCH_SIZE).await;
        debug_assert!(received > 0, "the session holds a sender");
        self.resume_at = (received < BATCH_SIZE).then(|| self.clock.instant_now() + BATCH_WINDOW);
    }

    /// Appends the observations that are in the channel already to `batch`, up to `limit` of them.
    pub(super) fn drain_ready(&mut self, batch: &mut Vec<Stamped>, limit: usize) {
        while batch.len() < limit
            && let Ok(stamped) = self.receiver.try_recv()
        {
            batch.push(stamped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{feed::Feed, observation::Observation};

    fn mark(number: usize) -> Observation {
        Observation::Mark { word: number.to_string() }
    }

    #[tokio::test(start_paused = true)]
    async fn observations_within_the_window_arrive_in_one_batch() {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, 1_000);
        let mut receiver = BatchReceiver::new(receiver, clock);
        let mut batch = Vec::new();
        feed.send(mark(0)).await.expect("the receiver is here");
        receiver.drain(&mut batch).await;
        assert_eq!(batch.len(), 1);
        for number in 1..10 {
            feed.send(mark(number)).await.expect("the receiver is here");
        }
        let before = clock.instant_now();
        receiver.drain(&mut batch).await;
        assert_eq!((batch.len(), clock.instant_now() - before), (10, BATCH_WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_batch_is_followed_by_the_next_without_a_delay() {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, 1_000);
        let mut receiver = BatchReceiver::new(receiver, clock);
        for number in 0..BATCH_SIZE + 1 {
            feed.send(mark(number)).await.expect("the receiver is here");
        }
        let (mut batch, before) = (Vec::new(), clock.instant_now());
        receiver.drain(&mut batch).await;
        receiver.drain(&mut batch).await;
        assert_eq!((batch.len(), clock.instant_now()), (BATCH_SIZE + 1, before));
    }
}
