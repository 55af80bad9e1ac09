//! Times and durations of the text format.

use chrono::{Duration, NaiveDateTime};

/// Formats a time with its day.
pub(crate) fn day_and_time(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// Formats a time of day.
pub(crate) fn time_of_day(time: NaiveDateTime) -> String {
    time.format("%H:%M:%S%.3f").to_string()
}

/// Formats the end of a span, with its day only if that is not the day of the start.
pub(crate) fn span_end(start: NaiveDateTime, end: NaiveDateTime) -> String {
    if start.date() == end.date() { time_of_day(end) } else { day_and_time(end) }
}

/// Formats a duration in its two largest units, such as `1m58s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.num_milliseconds() as f64 / 1000.0;
    let whole = duration.num_seconds();
    match whole {
        0..60 => format!("{seconds:.1}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        3600..86_400 => format!("{}h{:02}m", whole / 3600, whole / 60 % 60),
        _ => format!("{}d{:02}h", whole / 86_400, whole / 3600 % 24),
    }
}

/// Formats a duration that may be shorter than a second.
pub(crate) fn short_duration(length: Duration) -> String {
    let milliseconds = length.num_milliseconds();
    if milliseconds < 1000 { format!("{milliseconds}ms") } else { duration(length) }
}
