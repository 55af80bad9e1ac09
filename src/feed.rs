//! The one way into the session: a bounded channel whose entrance stamps each observation with the session's time.
//!
//! There is one channel, so there is one order, and a tape of it is the run. State is never dropped: a source that
//! says something waits for room. Only journals may drop, in whole batches, and count what they dropped.

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::{
    clock::Clock,
    observation::{Observation, Stamped, Time},
};

/// Room for a burst of every worker's journal; about 1 MB when full.
pub const CAPACITY: usize = 4096;

/// The entrance of the channel. Every source has a clone.
#[derive(Debug, Clone)]
pub struct Feed {
    sender: mpsc::Sender<Stamped>,
    clock: Clock,
}

/// The session is gone; a source that meets this ends.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the session has ended")]
pub struct Closed;

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OfferError {
    /// There is no room for the whole batch: it is dropped.
    #[error("the session does not keep up")]
    Full,
    /// The session is gone.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl Feed {
    /// A channel with room for `capacity` observations.
    pub fn channel(clock: Clock, capacity: usize) -> (Self, mpsc::Receiver<Stamped>) {
        let (sender, receiver) = mpsc::channel(capacity);
        (Self { sender, clock }, receiver)
    }

    /// The session's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The session's time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Says something; waits for room.
    pub async fn say(&self, mut observation: Observation) -> Result<(), Closed> {
        observation.clamp_times();
        let permit = self.sender.reserve().await.or(Err(Closed))?;
        // stamped when it enters, not when it started to wait: the order of the times is the order of the channel
        permit.send(Stamped { at: self.clock.now(), observation });
        Ok(())
    }

    /// Offers a batch, which is taken whole or not at all, without waiting.
    pub fn offer(&self, batch: Vec<Observation>) -> Result<(), OfferError> {
        let permits = self.sender.try_reserve_many(batch.len()).map_err(|error| match error {
            TrySendError::Full(()) => OfferError::Full,
            TrySendError::Closed(()) => OfferError::Closed(Closed),
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
    async fn a_batch_without_room_is_dropped_whole() {
        let (feed, mut receiver) = Feed::channel(Clock::start(), 3);
        assert_eq!(feed.offer(vec![mark("a"), mark("b")]), Ok(()));
        assert_eq!(feed.offer(vec![mark("c"), mark("d")]), Err(OfferError::Full));
        assert_eq!(receiver.recv().await.map(|stamped| stamped.observation), Some(mark("a")));
        assert_eq!(feed.offer(vec![mark("e"), mark("f")]), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_hears_that_the_session_has_ended() {
        let (feed, receiver) = Feed::channel(Clock::start(), 3);
        drop(receiver);
        assert_eq!(feed.say(mark("a")).await, Err(Closed));
        assert_eq!(feed.offer(vec![mark("a")]), Err(OfferError::Closed(Closed)));
    }
}
