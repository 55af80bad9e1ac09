//! The channel itself, whose sending half stamps each observation.

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::{
    clock::Clock,
    observation::{Observation, Stamped, Time},
};

/// Capacity of a session's channel, in observations: a burst of every worker's journal, some 1 MB when full.
pub const CAPACITY: usize = 4096;

/// Sending half of the channel. Every source has a clone.
#[derive(Debug, Clone)]
pub struct Feed {
    sender: mpsc::Sender<Stamped>,
    clock: Clock,
}

/// Error of sending after the session has ended. A source that meets it ends too.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the session has ended")]
pub struct FeedClosed;

/// Reason why [`Feed::try_send_batch`] sent nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrySendBatchError {
    /// There is no room for the whole batch, which is dropped.
    #[error("the session does not keep up")]
    Full,
    /// The session has ended.
    #[error(transparent)]
    Closed(#[from] FeedClosed),
}

impl Feed {
    /// Creates a channel with room for `capacity` observations.
    pub fn channel(clock: Clock, capacity: usize) -> (Self, mpsc::Receiver<Stamped>) {
        let (sender, receiver) = mpsc::channel(capacity);
        (Self { sender, clock }, receiver)
    }

    /// Returns a copy of the session's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Current time of the session.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Sends an observation, waiting for room.
    ///
    /// # Errors
    ///
    /// [`FeedClosed`] if the session has ended.
    pub async fn send(&self, mut observation: Observation) -> Result<(), FeedClosed> {
        observation.clamp_times();
        let permit = self.sender.reserve().await.or(Err(FeedClosed))?;
        // The stamp is the time of entry, not of the begin of the wait, so that times follow the order of the channel.
        permit.send(Stamped { at: self.clock.now(), observation });
        Ok(())
    }

    /// Sends all observations of a batch or none, without waiting.
    ///
    /// # Errors
    ///
    /// [`TrySendBatchError::Full`] if there is no room for all of them, [`TrySendBatchError::Closed`] if the session
    /// has ended.
    pub fn try_send_batch(&self, batch: Vec<Observation>) -> Result<(), TrySendBatchError> {
        let permits = self.sender.try_reserve_many(batch.len()).map_err(|error| match error {
            TrySendError::Full(()) => TrySendBatchError::Full,
            TrySendError::Closed(()) => TrySendBatchError::Closed(FeedClosed),
        })?;
        let at = self.clock.now();
        for (permit, mut observation) in permits.zip(batch) {
            observation.clamp_times();
            permit.send(Stamped { at, observation });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(word: &str) -> Observation {
        Observation::Mark { word: word.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_does_not_fit_is_dropped_whole() {
        let (feed, mut receiver) = Feed::channel(Clock::start(), 3);
        assert_eq!(feed.try_send_batch(vec![mark("a"), mark("b")]), Ok(()));
        assert_eq!(feed.try_send_batch(vec![mark("c"), mark("d")]), Err(TrySendBatchError::Full));
        assert_eq!(receiver.recv().await.map(|stamped| stamped.observation), Some(mark("a")));
        assert_eq!(feed.try_send_batch(vec![mark("e"), mark("f")]), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn sending_fails_after_the_session_has_ended() {
        let (feed, receiver) = Feed::channel(Clock::start(), 3);
        drop(receiver);
        assert_eq!(feed.send(mark("a")).await, Err(FeedClosed));
        assert_eq!(feed.try_send_batch(vec![mark("a")]), Err(TrySendBatchError::Closed(FeedClosed)));
    }
}
