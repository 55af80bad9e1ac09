//! The wait until the next try that a line announces.
//!
//! Only what is written (`will retry in 7s`, `interval="7s"`); what the source promises without writing it is in `rhythm.rs`.

use std::time::Duration;

use memchr::memmem::Finder;

use crate::classify::activity::Activity;
use crate::klog::text::{Form, Record};
use crate::scan::{digits, needle};

/// The wait that a record of this activity announces.
pub(crate) fn wait(record: &Record<'_>, activity: Activity) -> Option<Duration> {
    match activity {
        Activity::Lease => match record.form {
            Form::Json => after(record.pairs, needle!("\"interval\":\"")),
            Form::Structured => after(record.pairs, needle!(" interval=\"")),
            _ => after(record.pairs, needle!(" interval=\""))
                .or_else(|| after(record.message, needle!("will retry in "))),
        },
        Activity::Volume | Activity::Token | Activity::Csi => after(record.message, needle!("(durationBeforeRetry ")),
        _ => None,
    }
}

fn after(text: &str, key: &Finder<'_>) -> Option<Duration> {
    let at = key.find(text.as_bytes())?;
    duration(&text[at + key.needle().len()..])
}

/// A Go duration at the start of `text`: `200ms`, `6.4s`, `1m4s`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut any = false;
    for _ in 0..4 {
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
