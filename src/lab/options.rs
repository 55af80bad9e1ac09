//! The options of a lab.

use super::cluster::version::KubernetesVersion;

/// Number of workers that a lab may have.
pub const WORKERS: std::ops::RangeInclusive<usize> = 1..=50;

/// The options of a lab.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabOptions {
    /// Number of workers, in [`WORKERS`].
    pub workers: usize,
    /// Seed of all random choices: the same seed gives the same names, phases and waits.
    pub seed: u64,
    /// Factor by which every wait is shortened; 1 is real time. The session's clock is not changed, so times in
    /// journals, objects and events are the session's.
    pub speed: f64,
    /// The Kubernetes version that is simulated.
    pub kubernetes: KubernetesVersion,
}

impl Default for LabOptions {
    fn default() -> Self {
        Self { workers: 3, seed: 1, speed: 1.0, kubernetes: KubernetesVersion::default() }
    }
}
