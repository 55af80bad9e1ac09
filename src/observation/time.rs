//! Session time, and the range that a time of a fact may have.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _};

/// A moment of the session: its wall-clock start plus the monotonic time since, plus the time that the machine slept,
/// cut to the millisecond. It never follows a change of the wall clock, and a replay has the same times as the run.
pub type Time = DateTime<chrono::Utc>;

/// Years that a time may have. RFC 3339 writes four digits, and no clock of a node is older than Unix.
pub const YEARS: RangeInclusive<i32> = 1970..=9999;

/// Earliest valid time: 1970-01-01T00:00:00Z.
pub const EARLIEST: Time = DateTime::UNIX_EPOCH;

/// Latest valid time: 9999-12-31T23:59:59.999Z.
pub const LATEST: Time = match DateTime::from_timestamp_millis(253_402_300_799_999) {
    Some(latest) => latest,
    None => DateTime::<chrono::Utc>::MAX_UTC,
};

/// Whether the year of a time is one of [`YEARS`].
pub fn is_in_range(time: Time) -> bool {
    YEARS.contains(&time.year())
}
