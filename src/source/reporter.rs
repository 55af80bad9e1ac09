//! A source's handle for sending facts and its own health.
//!
//! A send waits for room in the session's channel, but no longer than the source may live: to a cancelled source the
//! feed is closed.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::SourceContext;
use crate::{
    feed::{Feed, FeedClosed, JournalBatch},
    observation::{Observation, SourceHealth, SourceId, SourceReport},
};

/// Sends the observations of one source.
#[derive(Clone)]
pub(super) struct SourceReporter {
    pub(super) feed: Feed,
    cancel: CancellationToken,
    source: SourceId,
    /// Health that was sent last. `None` before the first report.
    last_health: Option<SourceHealth>,
}

impl SourceReporter {
    pub(super) fn new(context: &SourceContext, source: SourceId) -> Self {
        Self { feed: context.feed.clone(), cancel: context.cancel.clone(), source, last_health: None }
    }

    /// Sends a fact, waiting for room.
    pub(super) async fn send(&self, observation: Observation) -> Result<(), FeedClosed> {
        self.cancel.run_until_cancelled(self.feed.send(observation)).await.unwrap_or(Err(FeedClosed))
    }

    /// Sends the health of the source, if it changed.
    pub(super) async fn report_health(&mut self, health: SourceHealth) -> Result<(), FeedClosed> {
        if self.last_health.as_ref() == Some(&health) {
            return Ok(());
        }
        let report = SourceReport { source: self.source.clone(), health: health.clone() };
        self.send(Observation::Source(report)).await?;
        self.last_health = Some(health);
        Ok(())
    }

    /// Sends that the source has failed with `error` and tries again.
    pub(super) async fn report_retrying(&mut self, error: impl ToString) -> Result<(), FeedClosed> {
        self.report_health(SourceHealth::Retrying { error: error.to_string() }).await
    }

    /// Sends a batch of journal lines, or drops it, without waiting.
    pub(super) fn try_send_batch(&mut self, batch: &mut JournalBatch, now: Instant) -> Result<(), FeedClosed> {
        if let Some(health) = batch.try_send(&self.feed, now)? {
            self.last_health = Some(health);
        }
        Ok(())
    }
}
