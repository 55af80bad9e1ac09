//! Keyframes of a tape: clones of the world, so that a seek folds a bounded number of observations.

use crate::world::World;

/// Observations between two keyframes. Folding this many takes a few milliseconds (`cargo bench --bench fold`).
pub(super) const STRIDE: usize = 2_000;

/// Maximum number of keyframes; each takes about 100 kB on a cluster of four nodes.
const MAX_KEYFRAMES: usize = 128;

/// Maximum size of all keyframes together, in bytes, as [`World::footprint`] counts them. The world of a cluster with
/// thousands of workers takes tens of megabytes: its tape has few keyframes, and a seek folds more.
const MAX_BYTES: usize = 64 << 20;

/// A clone of the world at one position of the tape.
#[derive(Debug)]
pub(super) struct Keyframe {
    /// Number of observations that the world has folded.
    pub(super) folded: usize,
    pub(super) world: World,
}

/// The keyframes of a tape, evenly spaced, within [`MAX_KEYFRAMES`] and [`MAX_BYTES`].
#[derive(Debug, Default)]
pub(super) struct Keyframes {
    kept: Vec<Keyframe>,
    /// Observations between two keyframes.
    stride: usize,
    /// Size of all keyframes.
    bytes: usize,
}

impl Keyframes {
    /// Creates the keyframes of a tape with this number of observations.
    pub(super) fn new(observations: usize) -> Self {
        Self { kept: Vec::new(), stride: STRIDE.max(observations.div_ceil(MAX_KEYFRAMES)), bytes: 0 }
    }

    /// Returns the last keyframe that has folded `folded` observations at most. `None` if there is none.
    pub(super) fn before(&self, folded: usize) -> Option<&Keyframe> {
        let last = self.kept.partition_point(|keyframe| keyframe.folded <= folded).checked_sub(1)?;
        self.kept.get(last)
    }

    /// Keeps a clone of `world`, which has folded `folded` observations, if the stride has been reached. Makes room by
    /// dropping every second keyframe and doubling the stride.
    pub(super) fn offer(&mut self, folded: usize, world: &World) {
        if !folded.is_multiple_of(self.stride) {
            return;
        }
        let bytes = world.footprint();
        while self.bytes + bytes > MAX_BYTES && !self.kept.is_empty() {
            self.stride *= 2;
            self.kept.retain(|keyframe| keyframe.folded.is_multiple_of(self.stride));
            self.bytes = self.kept.iter().map(|keyframe| keyframe.world.footprint()).sum();
            // the keyframe of the start, which is an empty world, always stays
            if self.kept.len() == 1 {
                break;
            }
        }
        if folded.is_multiple_of(self.stride) && (self.bytes + bytes <= MAX_BYTES || self.kept.is_empty()) {
            self.bytes += bytes;
            self.kept.push(Keyframe { folded, world: world.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Observation, Time};

    #[test]
    fn keyframes_of_a_large_world_are_few_and_evenly_spaced() {
        let at = Time::UNIX_EPOCH;
        let mut world = World::new(at);
        world.apply(at, &Observation::Mark { word: "x".repeat(8 << 20) });
        let mut keyframes = Keyframes::new(100 * STRIDE);
        (0..100).for_each(|stride| keyframes.offer(stride * STRIDE, &world));
        let folded: Vec<usize> = keyframes.kept.iter().map(|keyframe| keyframe.folded).collect();
        assert!((4..=8).contains(&folded.len()) && folded[0] == 0, "{folded:?}");
        assert!(folded.windows(2).all(|pair| pair[1] - pair[0] == folded[1]), "{folded:?}");
        assert!(keyframes.bytes <= MAX_BYTES);
    }
}
