//! The rhythms in which a kubelet tries again, as its source promises them.
//!
//! Facts only, each with the place in Kubernetes' source that holds it; what a journal really shows is measured elsewhere and laid beside
//! them. A gap is the wait between two tries without the time the tries themselves took.

use std::ops::Range;
use std::time::Duration;

use crate::classify::activity::Activity;

/// How an activity tries again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// The first wait.
    pub first: Duration,
    /// What each wait is multiplied with for the next.
    pub factor: u32,
    /// The longest wait, before jitter.
    pub longest: Duration,
    /// How much longer than itself a wait may be by chance: 1.0 makes it up to twice as long.
    pub jitter: f64,
    /// Tries that follow each other at once before a wait.
    pub burst: u32,
    /// Tries after which it gives up.
    pub tries: Option<u32>,
    /// Where Kubernetes' source says so.
    pub source: &'static str,
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const STEADY: Rhythm = Rhythm {
    first: millis(10_000),
    factor: 1,
    longest: millis(10_000),
    jitter: 0.0,
    burst: 1,
    tries: None,
    source: "",
};

/// Room for the clock and the call itself where a wait has no jitter.
const SLACK: Duration = millis(100);

impl Rhythm {
    /// The rhythm of an activity in a minor version (of the newest that differs, when it is not known).
    #[must_use]
    pub fn of(activity: Activity, minor: Option<u32>) -> Option<Self> {
        let before = |version: u32| minor.is_some_and(|minor| minor < version);
        Some(match activity {
            Activity::Lease => Self {
                first: millis(200),
                factor: 2,
                longest: millis(7_000),
                source: "component-helpers/apimachinery/lease/controller.go: sleep doubled from 100ms, maxBackoff = 7s",
                ..STEADY
            },
            Activity::Watch if before(18) => Self {
                first: millis(1_000),
                longest: millis(1_000),
                source: "client-go/tools/cache/reflector.go: period 1s",
                ..STEADY
            },
            Activity::Watch => Self {
                first: millis(800),
                factor: 2,
                longest: millis(30_000),
                jitter: 1.0,
                source: "client-go/tools/cache/reflector.go: NewExponentialBackoffManager(800ms, 30s, 2m, 2.0, 1.0)",
                ..STEADY
            },
            Activity::NodeStatus => Self {
                jitter: if before(22) { 0.0 } else { 0.04 },
                burst: 5,
                source: "pkg/kubelet/kubelet.go: nodeStatusUpdateRetry = 5, nodeStatusUpdateFrequency 10s",
                ..STEADY
            },
            Activity::Event => Self {
                tries: Some(12),
                source: "client-go/tools/record/event.go: maxTriesPerEvent = 12, defaultSleepDuration = 10s",
                ..STEADY
            },
            Activity::PodStatus => Self { source: "pkg/kubelet/status/status_manager.go: syncPeriod = 10s", ..STEADY },
            Activity::Registration => Self {
                first: millis(200),
                factor: 2,
                longest: millis(7_000),
                source: "pkg/kubelet/kubelet_node_status.go: registerWithAPIServer, step doubled from 100ms to 7s",
                ..STEADY
            },
            Activity::Certificate => Self {
                first: millis(2_000),
                factor: 2,
                longest: millis(32_000),
                jitter: 0.1,
                tries: Some(5),
                source: "client-go/util/certificate/certificate_manager.go: Backoff{2s, factor 2, jitter 0.1, steps 5}",
                ..STEADY
            },
            Activity::Volume | Activity::Token => Self {
                first: millis(500),
                factor: 2,
                longest: millis(122_000),
                source: "pkg/util/goroutinemap/exponentialbackoff: 500ms doubled to 2m2s",
                ..STEADY
            },
            Activity::Csi | Activity::Probe | Activity::Image | Activity::Runtime | Activity::Other => return None,
        })
    }

    /// The gap that is promised after try number `attempt`, counted from 0.
    #[must_use]
    pub fn gap(&self, attempt: u32) -> Range<Duration> {
        if self.burst > 1 && attempt % self.burst != self.burst - 1 {
            return Duration::ZERO..SLACK;
        }
        let mut wait = self.first;
        for _ in 0..attempt.min(40) {
            if self.factor < 2 || wait >= self.longest {
                break;
            }
            wait = (wait * self.factor).min(self.longest);
        }
        wait..(wait + wait.mul_f64(self.jitter)).max(wait + SLACK)
    }
}

/// The gap that the source of a current kubelet promises after try number `attempt` of an activity, counted from 0.
#[must_use]
pub fn expected_gap(activity: Activity, attempt: u32) -> Option<Range<Duration>> {
    Rhythm::of(activity, None).map(|rhythm| rhythm.gap(attempt))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(activity: Activity, minor: Option<u32>, count: u32) -> Vec<f64> {
        let rhythm = Rhythm::of(activity, minor).unwrap();
        (0..count).map(|attempt| rhythm.gap(attempt).start.as_secs_f64()).collect()
    }

    #[test]
    fn a_lease_waits_twice_as_long_each_time_up_to_seven_seconds() {
        assert_eq!(starts(Activity::Lease, None, 8), [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.0, 7.0]);
    }

    #[test]
    fn a_reflector_waits_up_to_a_minute_since_1_18_and_a_second_before() {
        assert_eq!(starts(Activity::Watch, Some(30), 8), [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]);
        assert_eq!(expected_gap(Activity::Watch, 7), Some(Duration::from_secs(30)..Duration::from_secs(60)));
        assert_eq!(starts(Activity::Watch, Some(17), 3), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn node_status_tries_five_times_at_once_and_then_waits_ten_seconds() {
        assert_eq!(starts(Activity::NodeStatus, None, 6), [0.0, 0.0, 0.0, 0.0, 10.0, 0.0]);
    }

    #[test]
    fn the_thousandth_try_has_a_gap_too() {
        for activity in Activity::ALL {
            if let Some(gap) = expected_gap(activity, u32::MAX) {
                assert!(gap.start < gap.end, "{activity}");
            }
        }
    }
}
