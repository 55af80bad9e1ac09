//! Times of lines and outages, and durations of columns, in the text format.

use chrono::{Duration, NaiveDateTime};

use crate::units::{duration, seconds};

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

/// Formats the duration of a column of a bar chart, with tenths below a minute.
pub(crate) fn column_duration(column: Duration) -> String {
    match column.num_milliseconds() {
        milliseconds @ ..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", seconds(column)),
        _ => duration(column),
    }
}
