//! The schedules on which a kubelet tries again, as constants of Kubernetes' source.
//!
//! Each has the file and the constants that it comes from. A gap is the wait between two tries, without the time of the
//! tries themselves.

use std::ops::Range;
use std::time::Duration;

use crate::classify::activity::Activity;

/// The schedule on which an activity tries again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetrySchedule {
    /// Wait after the first failed try.
    pub first: Duration,
    /// Factor from each wait to the next; 1 if the wait does not grow.
    pub factor: u32,
    /// Longest wait, before jitter.
    pub longest: Duration,
    /// Part of a wait that is added at most, by chance: 1.0 makes it up to twice as long.
    pub jitter: f64,
    /// Number of tries without a wait between them; 1 if there is a wait after each.
    pub burst: u32,
    /// Number of tries after which it gives up; `None` if it never does.
    pub tries: Option<u32>,
    /// The file of Kubernetes' source that has these numbers, and their names there.
    pub source: &'static str,
}

/// Converts milliseconds, with a name that is short enough for the table.
const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Ten seconds without growth, from which the other schedules differ.
const STEADY: RetrySchedule = RetrySchedule {
    first: millis(10_000),
    factor: 1,
    longest: millis(10_000),
    jitter: 0.0,
    burst: 1,
    tries: None,
    source: "",
};

/// Length of a gap without jitter, for the time of the call itself: calls to a closed port take less than 100 ms.
const SLACK: Duration = millis(100);

impl RetrySchedule {
    /// Returns the schedule of an activity in a minor version of Kubernetes 1; in the newest if `minor` is `None`.
    ///
    /// `None` if the activity has no schedule of its own.
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

    /// Returns the gap to expect after try number `attempt`, counted from 0.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(activity: Activity, minor: Option<u32>, count: u32) -> Vec<f64> {
        let schedule = RetrySchedule::of(activity, minor).unwrap();
        (0..count).map(|attempt| schedule.gap(attempt).start.as_secs_f64()).collect()
    }

    #[test]
    fn a_lease_waits_twice_as_long_each_time_up_to_seven_seconds() {
        assert_eq!(starts(Activity::Lease, None, 8), [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.0, 7.0]);
    }

    #[test]
    fn a_reflector_waits_up_to_a_minute_since_1_18_and_a_second_before() {
        assert_eq!(starts(Activity::Watch, Some(30), 8), [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]);
        let watch = RetrySchedule::of(Activity::Watch, None).unwrap();
        assert_eq!(watch.gap(7), Duration::from_secs(30)..Duration::from_secs(60));
        assert_eq!(starts(Activity::Watch, Some(17), 3), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn node_status_tries_five_times_at_once_and_then_waits_ten_seconds() {
        assert_eq!(starts(Activity::NodeStatus, None, 6), [0.0, 0.0, 0.0, 0.0, 10.0, 0.0]);
    }

    #[test]
    fn the_thousandth_try_has_a_gap_too() {
        for activity in Activity::ALL {
            if let Some(gap) = RetrySchedule::of(activity, None).map(|schedule| schedule.gap(u32::MAX)) {
                assert!(gap.start < gap.end, "{activity}");
            }
        }
    }
}
