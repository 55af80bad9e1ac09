//! The wait before another try: short, growing, never the same for two sources, and at most two seconds, because what
//! is shown is a recovery. It does no waiting itself, so that whoever waits can be woken.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(250);
const LAST: Duration = Duration::from_secs(2);

/// Counts the tries since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The wait before the next try.
    pub(super) fn next(&mut self) -> Duration {
        let wait = delay(self.tries, jitter());
        self.tries = self.tries.saturating_add(1);
        wait
    }

    /// It worked: the next wait is a short one.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// 250 ms, doubling up to 2 s, of which the jitter (0 to 1) takes up to a quarter.
fn delay(tries: u32, jitter: f64) -> Duration {
    let whole = FIRST.saturating_mul(1 << tries.min(8)).min(LAST);
    whole.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 4.0)
}

/// Between 0 and 1, another each time. The standard library's hash keys are random; no crate is needed for a jitter.
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
        assert_eq!(delay(u32::MAX, 0.0), LAST);
    }

    #[test]
    fn jitter_only_shortens_and_at_most_by_a_quarter() {
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
