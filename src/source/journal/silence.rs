//! Finds a stream that has died without a word: while the API server is away, a kubelet that writes nothing is less
//! likely than a connection that leads nowhere. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// Longest silence while the API server is away: 15 s. A kubelet tries its lease every 10 s, with up to 7 s between
/// the tries of one round, and each failed try is a line.
const LONGEST: Duration = Duration::from_secs(15);
/// Longest silence after streams that brought nothing: a journal that is really quiet is not opened all the time.
const PATIENT: Duration = Duration::from_secs(120);

/// The silence of one journal, across its streams.
#[derive(Debug)]
pub(super) struct Silence {
    /// When the last line, the stream or the API server's absence began, whichever is latest.
    since: Instant,
    away: bool,
    limit: Duration,
}

impl Silence {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, away: false, limit: LONGEST }
    }

    /// A stream begins.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since = now;
    }

    /// A new line came.
    pub(super) fn broken(&mut self, now: Instant) {
        self.since = now;
        self.limit = LONGEST;
    }

    /// The API server went away, or came back.
    pub(super) fn set_away(&mut self, away: bool, now: Instant) {
        if away && !self.away {
            self.since = now;
            self.limit = LONGEST;
        }
        self.away = away;
    }

    /// When the stream counts as dead. `None` while the API server is there: then a kubelet may have nothing to write.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.away.then(|| self.since + self.limit)
    }

    /// The stream is given up. Returns how long it was silent; the next one may be silent for twice as long.
    pub(super) fn give_up(&mut self) -> Duration {
        let limit = self.limit;
        self.limit = (limit * 2).min(PATIENT);
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
    async fn silence_counts_only_while_the_api_server_is_away_and_from_then_on() {
        let start = Clock::start().instant_now();
        let mut silence = Silence::new(start);
        assert_eq!(silence.ends(), None);
        silence.set_away(true, start + seconds(60));
        assert_eq!(silence.ends(), Some(start + seconds(75)));
        silence.set_away(true, start + seconds(61));
        assert_eq!(silence.ends(), Some(start + seconds(75)));
        silence.broken(start + seconds(70));
        assert_eq!(silence.ends(), Some(start + seconds(85)));
        silence.set_away(false, start + seconds(71));
        assert_eq!(silence.ends(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_journal_that_is_really_quiet_is_opened_ever_less_often() {
        let start = Clock::start().instant_now();
        let mut silence = Silence::new(start);
        silence.set_away(true, start);
        let limits: Vec<_> = (0..5).map(|_| silence.give_up().as_secs()).collect();
        assert_eq!(limits, [15, 30, 60, 120, 120]);
        silence.broken(start);
        assert_eq!(silence.give_up(), LONGEST);
    }
}
