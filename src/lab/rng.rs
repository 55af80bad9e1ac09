//! Repeatable pseudorandom numbers: the same seed gives the same names, phases and jitter.
//!
//! Each part of the lab draws from a stream of its own, named after the part, so that an extra draw in one part does
//! not change the numbers of another. Not cryptographic: nothing in the lab is secret.

use std::time::Duration;

/// Letters of generated names: no vowels, so that no words appear (k8s.io/apimachinery `pkg/util/rand`).
const NAME_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A stream of pseudorandom numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Rng {
    state: u64,
}

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns the stream named `part`. The numbers already drawn from `self` change it.
    pub(super) fn stream(&self, part: &str) -> Self {
        // FNV-1a, because the hash must be the same on every machine and in every version of Rust
        let hash = part
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut rng = Self { state: self.state ^ hash };
        rng.next_u64();
        rng
    }

    /// Draws a number from the whole range of `u64`.
    pub(super) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number in `0.0..1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Draws an index in `0..bound`; 0 if `bound` is 0.
    pub(super) fn index(&mut self, bound: usize) -> usize {
        ((self.unit() * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    /// Draws a duration in `0..longest`.
    pub(super) fn duration(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.unit())
    }

    /// Lengthens `wait` by a random part of `factor` times its length (`wait.Jitter` in k8s.io/apimachinery).
    pub(super) fn jitter(&mut self, wait: Duration, factor: f64) -> Duration {
        wait + wait.mul_f64(factor * self.unit())
    }

    /// Draws the random suffix of a generated name.
    pub(super) fn name_suffix(&mut self, letters: usize) -> String {
        (0..letters).map(|_| char::from(NAME_LETTERS[self.index(NAME_LETTERS.len())])).collect()
    }

    /// Draws lower-case hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next_u64()));
        }
        text.truncate(digits);
        text
    }

    /// Draws a UUID of version 4, the form of a Kubernetes UID.
    pub(super) fn uid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_each_part_gets_its_own() {
        let draw = |seed, part: &str| {
            let mut rng = Rng::new(seed).stream(part);
            [rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(draw(7, "worker"), draw(7, "worker"));
        assert_ne!(draw(7, "worker"), draw(7, "worker2"));
        assert_ne!(draw(7, "worker"), draw(8, "worker"));
    }

    #[test]
    fn jitter_of_factor_one_gives_one_to_two_times_the_wait() {
        let mut rng = Rng::new(1);
        let wait = Duration::from_millis(800);
        assert!((0..1000).map(|_| rng.jitter(wait, 1.0)).all(|jittered| jittered >= wait && jittered < wait * 2));
    }

    #[test]
    fn an_index_below_zero_is_zero() {
        assert_eq!(Rng::new(1).index(0), 0);
    }

    #[test]
    fn a_uid_has_the_form_of_a_uuid() {
        let uid = Rng::new(3).uid();
        let parts: Vec<_> = uid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
