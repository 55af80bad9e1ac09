//! Requests to the workload.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::probe_error::ProbeError;

/// Result of a request to the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficOutcome {
    /// HTTP status of httpbin's answer.
    Answered(u16),
    /// No answer; the kind of the failure.
    Failed(ProbeError),
    /// No request, because the prober was late for this slot: neither a success nor a failure.
    Missed,
}

impl TrafficOutcome {
    /// Whether the workload works: an answer with a status of 2xx or 3xx.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Answered(200..400))
    }
}

/// One request to the workload through a worker's NodePort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficProbe {
    /// Name of the worker.
    pub worker: String,
    /// Number of the slot on the fixed clock, from 0.
    pub slot: u64,
    /// Milliseconds between two slots; [`TrafficProbe::SLOT`] if a tape does not say.
    #[serde(default = "default_slot_ms", skip_serializing_if = "is_default_slot_ms")]
    pub every_ms: u32,
    /// Microseconds until the answer or the failure; 0 for a missed slot.
    pub latency_us: u64,
    /// Result of the request.
    pub outcome: TrafficOutcome,
}

impl TrafficProbe {
    /// Time between two slots in a cluster of up to fifteen workers.
    pub const SLOT: Duration = Duration::from_millis(500);

    /// Time between two slots for a number of workers: the fewest half seconds in which they get at most thirty
    /// requests a second together. Each request costs a new connection, some 0.2 ms for both ends.
    pub fn slot_for(workers: usize) -> Duration {
        const WORKERS_PER_SLOT: u32 = 15;
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        Self::SLOT * workers.div_ceil(WORKERS_PER_SLOT).max(1)
    }
}

fn default_slot_ms() -> u32 {
    TrafficProbe::SLOT.as_millis() as u32
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_default_slot_ms(every_ms: &u32) -> bool {
    *every_ms == default_slot_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_workers_get_longer_slots_and_a_tape_records_their_length() {
        let slot = |workers| TrafficProbe::slot_for(workers).as_millis();
        assert_eq!([0, 1, 3, 15, 16, 30, 31, 50].map(slot), [500, 500, 500, 500, 1000, 1000, 1500, 2000]);
        let probe = |every_ms| TrafficProbe {
            worker: "w".to_owned(),
            slot: 7,
            every_ms,
            latency_us: 1,
            outcome: TrafficOutcome::Answered(200),
        };
        for (probe, recorded) in [(probe(500), false), (probe(2000), true)] {
            let text = serde_json::to_string(&probe).unwrap();
            assert_eq!(text.contains("every_ms"), recorded, "{text}");
            assert_eq!(serde_json::from_str::<TrafficProbe>(&text).unwrap(), probe);
        }
    }

    #[test]
    fn a_redirect_is_a_success_and_an_error_status_is_none() {
        let success = [200, 302, 399, 404, 503].map(|status| TrafficOutcome::Answered(status).is_success());
        assert_eq!(success, [true, true, true, false, false]);
        assert!(!TrafficOutcome::Missed.is_success() && !TrafficOutcome::Failed(ProbeError::Refused).is_success());
    }
}
