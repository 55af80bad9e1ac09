//! Detects a journal stream whose connection is dead, by its silence while the API server is down. Pure.
//!
//! A kubelet then writes at least every 15 s, so that a silent stream is more likely dead than idle.

use std::time::Duration;

use tokio::time::Instant;

/// Shortest limit: 15 s. A kubelet renews its lease every 10 s, with up to 7 s between the tries of one renewal, and
/// logs each failed try.
const SHORTEST_LIMIT: Duration = Duration::from_secs(15);
/// Longest limit, after several streams without a line, so that a journal that is really idle is not reopened all the
/// time.
const LONGEST_LIMIT: Duration = Duration::from_secs(120);

/// Silence of one journal, across its streams.
#[derive(Debug)]
pub(super) struct SilenceTimer {
    /// Time of the last line, the begin of the stream, or the begin of the API server's absence, whichever is latest.
    since: Instant,
    api_down: bool,
    limit: Duration,
}

impl SilenceTimer {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, api_down: false, limit: SHORTEST_LIMIT }
    }

    /// Notes the begin of a stream.
    pub(super) fn stream_begins(&mut self, now: Instant) {
        self.since = now;
    }

    /// Notes a new line.
    pub(super) fn line_received(&mut self, now: Instant) {
        self.since = now;
        self.limit = SHORTEST_LIMIT;
    }

    /// Notes whether the API server is down.
    pub(super) fn set_api_down(&mut self, api_down: bool, now: Instant) {
        if api_down && !self.api_down {
            self.since = now;
            self.limit = SHORTEST_LIMIT;
        }
        self.api_down = api_down;
    }

    /// Time at which the stream counts as dead. `None` while the API server is up, when a kubelet may have nothing to
    /// log.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.api_down.then(|| self.since + self.limit)
    }

    /// Gives up the stream. Returns the length of its silence; the limit for the next stream doubles.
    pub(super) fn give_up(&mut self) -> Duration {
        let limit = self.limit;
        self.limit = (limit * 2).min(LONGEST_LIMIT);
        limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_moment_the_api_server_goes_down() {
        let start = Clock::start().instant_now();
        let mut silence = SilenceTimer::new(start);
        assert_eq!(silence.expires_at(), None);
        silence.set_api_down(true, start + seconds(60));
        assert_eq!(silence.expires_at(), Some(start + seconds(75)));
        silence.set_api_down(true, start + seconds(61));
        assert_eq!(silence.expires_at(), Some(start + seconds(75)));
        silence.line_received(start + seconds(70));
        assert_eq!(silence.expires_at(), Some(start + seconds(85)));
        silence.set_api_down(false, start + seconds(71));
        assert_eq!(silence.expires_at(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_journal_is_reopened_at_growing_intervals() {
        let start = Clock::start().instant_now();
        let mut silence = SilenceTimer::new(start);
        silence.set_api_down(true, start);
        let limits: Vec<_> = (0..5).map(|_| silence.give_up().as_secs()).collect();
        assert_eq!(limits, [15, 30, 60, 120, 120]);
        silence.line_received(start);
        assert_eq!(silence.give_up(), SHORTEST_LIMIT);
    }
}
