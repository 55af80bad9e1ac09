//! Retry delay stated in a log line.
//!
//! Only delays printed in the line; fixed schedules from the Kubernetes source are in `retry/schedule.rs`. The forms
//! are `will retry in 7s` and
//! `interval="7s"` (component-helpers' `apimachinery/lease/controller.go`), and `(durationBeforeRetry 500ms)`
//! (Kubernetes' `pkg/util/goroutinemap/exponentialbackoff`).

use std::time::Duration;

use memchr::memmem::Finder;

use crate::classify::activity::Activity;
use crate::klog::record::{Form, Record};
use crate::scan::{digits, needle};

/// Longest delay that is accepted: a day, so that a damaged line can't schedule a retry for next year. The longest
/// delay of a kubelet is two minutes (`maxDurationBeforeRetry` in Kubernetes'
/// `pkg/util/goroutinemap/exponentialbackoff`).
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// Returns the wait that a record of this activity announces; `None` if it announces none.
pub(crate) fn retry_after(record: &Record<'_>, activity: Activity) -> Option<Duration> {
    let wait = match activity {
        Activity::Lease => match record.form {
            Form::Json => after(record.pairs, needle!("\"interval\":\"")),
            Form::Structured => after(record.pairs, needle!(" interval=\"")),
            _ => after(record.pairs, needle!(" interval=\""))
                .or_else(|| after(record.message, needle!("will retry in "))),
        },
        Activity::Volume | Activity::Token | Activity::Csi => after(record.message, needle!("(durationBeforeRetry ")),
        _ => None,
    };
    wait.filter(|wait| *wait <= LONGEST_WAIT)
}

/// Parses the duration after a key.
fn after(text: &str, key: &Finder<'_>) -> Option<Duration> {
    let at = key.find(text.as_bytes())?;
    duration(&text[at + key.needle().len()..])
}

/// Units of a Go duration of an hour and more: `1h2m3s`.
const MAX_UNITS: usize = 3;

/// Parses the Go duration that `text` begins with: `200ms`, `6.4s`, `1m4s`; `None` if it begins with none.
///
/// The humantime crate parses neither fractions nor a duration with text after it.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut any = false;
    for _ in 0..MAX_UNITS {
        let whole = digits(rest.as_bytes());
        if whole == 0 || whole > 9 {
            break;
        }
        let fraction = rest[whole..].strip_prefix('.').map_or(0, |fraction| digits(fraction.as_bytes()) + 1);
        let number: f64 = rest[..whole + fraction].trim_end_matches('.').parse().ok()?;
        rest = &rest[whole + fraction..];
        let (unit, length) = match rest.as_bytes() {
            [b'm', b's', ..] => (0.001, 2),
            [b'n', b's', ..] => (0.000_000_001, 2),
            [b'u', b's', ..] => (0.000_001, 2),
            [b'h', ..] => (3600.0, 1),
            [b'm', ..] => (60.0, 1),
            [b's', ..] => (1.0, 1),
            _ if rest.starts_with("µs") => (0.000_001, 3),
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * unit).ok()?;
        any = true;
        rest = &rest[length..];
    }
    any.then_some(total)
}
