//! Bounds and intervals of a restore, each with its source.

use std::time::Duration;

use crate::fault::STOP_SECONDS;

/// Backoff after the first failed attempt; doubled after each further one.
pub(super) const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// Longest backoff between two attempts.
pub(in crate::guard) const MAX_BACKOFF: Duration = Duration::from_secs(15);

/// Bound of all attempts together. An engine that is restarted or upgraded answers again within minutes.
pub(super) const RESTORE_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Time from the engine's last sign of a pending stop until the container has stopped or never will: the stop's grace
/// period, and 2 s for a busy machine (1.1 s measured on a cluster of four nodes).
pub(in crate::guard) const GRACE_PERIOD: Duration = Duration::from_secs(STOP_SECONDS as u64 + 2);

/// Bound of the wait for a stop in progress, from the first answer of the engine: three times the grace period.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(STOP_SECONDS as u64 * 3);

/// Bound of the wait for the engine's answer to a fault other than a stop; the request itself has the same bound.
pub(super) const FAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// Time from the end of the container to the engine's answer to the stop; 0.2 s measured.
pub(super) const STOP_ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Time for which a missing container counts as a temporary answer, such as that of another engine after a switch of
/// the docker context.
pub(in crate::guard) const MISSING_TIMEOUT: Duration = Duration::from_secs(10);

/// Time after which an open port counts as ready, if there is no kubeconfig to ask `/readyz` with.
pub(super) const PORT_ONLY_WAIT: Duration = Duration::from_secs(10);

/// Interval between two readiness checks.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Readiness checks between two inspections of the container, which cost the engine more: one inspection in 2 s.
pub(super) const CHECKS_PER_INSPECTION: u32 = 4;
