//! Chance that can be repeated: the same seed gives the same names, phases and jitter.
//!
//! Each part of the lab has dice of its own, named after it, so that what one part throws does not change another's
//! throws. It is no secret and no cryptography.

use std::time::Duration;

/// Letters of Kubernetes' generated names: no vowels, so that no words come of them (`apimachinery/pkg/util/rand`).
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A stream of throws (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Dice of a part's own.
    pub(super) fn of(&self, part: &str) -> Self {
        // FNV-1a; it has to be the same on every machine and in every version of Rust
        let hash = part
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut dice = Self { state: self.state ^ hash };
        dice.throw();
        dice
    }

    /// Any number.
    pub(super) fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, and without, 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.throw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 up to, and without, `bound`; 0 when there is no such number.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((self.unit() * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    /// Up to, and without, `longest`.
    pub(super) fn up_to(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.unit())
    }

    /// A wait that is up to `factor` longer than itself (`wait.Jitter`).
    pub(super) fn jitter(&mut self, wait: Duration, factor: f64) -> Duration {
        wait + wait.mul_f64(factor * self.unit())
    }

    /// A suffix of a generated name.
    pub(super) fn suffix(&mut self, letters: usize) -> String {
        (0..letters).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }

    /// Hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.throw()));
        }
        text.truncate(digits);
        text
    }

    /// A UID.
    pub(super) fn uid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_throws_and_parts_differ() {
        let throws = |seed, part: &str| {
            let mut dice = Dice::new(seed).of(part);
            [dice.throw(), dice.throw()]
        };
        assert_eq!(throws(7, "worker"), throws(7, "worker"));
        assert_ne!(throws(7, "worker"), throws(7, "worker2"));
        assert_ne!(throws(7, "worker"), throws(8, "worker"));
    }

    #[test]
    fn jitter_is_never_shorter_than_the_wait_nor_twice_as_long() {
        let mut dice = Dice::new(1);
        let wait = Duration::from_millis(800);
        assert!((0..1000).map(|_| dice.jitter(wait, 1.0)).all(|jittered| jittered >= wait && jittered < wait * 2));
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn a_uid_looks_like_one() {
        let uid = Dice::new(3).uid();
        let parts: Vec<_> = uid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
