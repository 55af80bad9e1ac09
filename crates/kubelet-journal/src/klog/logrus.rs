//! The form of logrus, in which k3s, RKE2 and containerd write into a kubelet's journal.

use crate::klog::record::{Form, Record};
use crate::scan::{closing_quote, needle};
use crate::time::timestamp;

/// Longest time between brackets, in bytes; RFC 3339 with nanoseconds has 35.
const LONGEST_TIME: usize = 48;

/// Parses `time="…" level=error msg="…" error="…"`, `level=error msg=…` or `ERRO[…] message key=value`; `None` for
/// others.
pub(crate) fn record(text: &str) -> Option<Record<'_>> {
    let mut record = Record { form: Form::Logrus, ..Record::default() };
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("time=\"") {
        let end = closing_quote(after)?;
        record.epoch_micros = epoch_micros(&after[..end]);
        rest = after[end + 1..].trim_start_matches(' ');
    }
    let Some(after) = rest.strip_prefix("level=") else { return without_color(text) };
    let end = after.find(' ')?;
    let pairs = &after[end..];
    let message =
        pairs.strip_prefix(" msg=").or_else(|| Some(&pairs[needle!(" msg=").find(pairs.as_bytes())? + 5..]))?;
    let (message, after, whole) = value(message);
    record.message = message;
    record.pairs = after;
    record.cut = !whole;
    if let Some(at) = needle!(" error=").find(after.as_bytes()) {
        let (error, _, whole) = value(&after[at + 7..]);
        record.error = Some(error);
        record.cut |= !whole;
    }
    Some(record)
}

/// Parses what logrus writes for terminals without color: `WARN[2021-11-30T00:02:42Z] message   key=value`.
fn without_color(text: &str) -> Option<Record<'_>> {
    let level = ["INFO[", "WARN[", "ERRO[", "FATA[", "DEBU["].iter().find(|level| text.starts_with(**level))?;
    let inner = &text[level.len()..];
    let close = inner.find(']').filter(|close| *close < LONGEST_TIME)?;
    let message = inner[close + 1..].trim_start_matches(' ');
    Some(Record { form: Form::Logrus, epoch_micros: epoch_micros(&inner[..close]), message, ..Record::default() })
}

/// Parses an ISO 8601 time as microseconds since 1970.
fn epoch_micros(time: &str) -> Option<i64> {
    timestamp::iso(time)?.0.epoch_micros()
}

/// Splits `text` after a quoted or an unquoted value: the value, the rest, and whether the value has an end.
fn value(text: &str) -> (&str, &str, bool) {
    match text.strip_prefix('"') {
        Some(inner) => match closing_quote(inner) {
            Some(end) => (&inner[..end], &inner[end + 1..], true),
            None => (inner, "", false),
        },
        None => {
            let end = text.find(' ').unwrap_or(text.len());
            (&text[..end], &text[end..], true)
        }
    }
}
