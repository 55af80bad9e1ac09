//! Exponential backoff with jitter, of at most 2 s, so that a recovery is shown soon. Pure: the caller waits.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

/// Wait before the first retry.
const FIRST: Duration = Duration::from_millis(250);

/// Longest wait before a retry.
const LONGEST: Duration = Duration::from_secs(2);

/// Number of tries since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Returns the wait before the next try.
    pub(super) fn next(&mut self) -> Duration {
        let wait = delay(self.tries, jitter());
        self.tries = self.tries.saturating_add(1);
        wait
    }

    /// Starts over after a success.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// Doubles from [`FIRST`] to [`LONGEST`]; a jitter from 0 to 1 shortens the result by up to a quarter.
fn delay(tries: u32, jitter: f64) -> Duration {
    let full = FIRST.saturating_mul(1 << tries.min(8)).min(LONGEST);
    full.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 4.0)
}

/// Random number from 0 to 1, from the standard library's random hash keys.
fn jitter() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_two_seconds() {
        let waits: Vec<_> = (0..6).map(|tries| delay(tries, 0.0).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 2000, 2000]);
        assert_eq!(delay(u32::MAX, 0.0), LONGEST);
    }

    #[test]
    fn jitter_shortens_a_wait_by_at_most_a_quarter() {
        assert_eq!(delay(3, 1.0), Duration::from_millis(1500));
        assert_eq!(delay(3, f64::INFINITY), Duration::from_millis(1500));
        assert!((0..1000).all(|_| (0.0..1.0).contains(&jitter())));
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.next();
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
