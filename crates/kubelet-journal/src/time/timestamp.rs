//! The time that a journal or a container log writes in front of a line.
//!
//! A [`Timestamp`] holds the written parts. A year, a fraction or a zone that is not written is `None`: nothing is
//! guessed here (`resolver.rs` finds the year), and nothing asks for the current time.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Timelike, Utc};

use crate::scan::{digits, two};
use crate::time::month;

/// A written time, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Year; `None` if the form has none (`-o short`, syslog).
    pub year: Option<i32>,
    /// Month, from 1 to 12; 0 if it is a word of an unknown language.
    pub month: u8,
    /// Day of the month, from 1 to 31.
    pub day: u8,
    /// Hour, from 0 to 23.
    pub hour: u8,
    /// Minute, from 0 to 59.
    pub minute: u8,
    /// Second, from 0 to 60 (a leap second).
    pub second: u8,
    /// Microseconds, from 0 to 999,999; `None` if the form has no fraction.
    pub micros: Option<u32>,
    /// Seconds east of UTC; `None` if no zone is written, or an ambiguous abbreviation (`CET` is known to its readers
    /// only).
    pub offset: Option<i32>,
}

impl Timestamp {
    /// Converts microseconds since 1970 in UTC, as journald counts them; `None` if the year is out of chrono's range.
    #[must_use]
    pub fn from_epoch_micros(micros: i64) -> Option<Self> {
        let time = DateTime::<Utc>::from_timestamp_micros(micros)?;
        Some(Self {
            year: Some(time.year()),
            month: u8::try_from(time.month()).ok()?,
            day: u8::try_from(time.day()).ok()?,
            hour: u8::try_from(time.hour()).ok()?,
            minute: u8::try_from(time.minute()).ok()?,
            second: u8::try_from(time.second()).ok()?,
            micros: Some(time.nanosecond() / 1000),
            offset: Some(0),
        })
    }

    /// Converts to microseconds since 1970; without a zone the time counts as UTC. `None` if there is no year or no
    /// such day.
    #[must_use]
    pub fn epoch_micros(&self) -> Option<i64> {
        let date = NaiveDate::from_ymd_opt(self.year?, self.month.into(), self.day.into())?;
        let local = date.and_time(naive_time(self.hour, self.minute, self.second, self.micros.unwrap_or(0))?);
        let utc = local.checked_sub_signed(Duration::seconds(self.offset.unwrap_or(0).into()))?;
        Some(utc.and_utc().timestamp_micros())
    }

    /// Returns the seconds since midnight.
    #[must_use]
    pub fn second_of_day(&self) -> u32 {
        u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second)
    }
}

/// Converts to chrono's time of day; a leap second becomes the last second of its minute.
pub(crate) fn naive_time(hour: u8, minute: u8, second: u8, micros: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_micro_opt(hour.into(), minute.into(), u32::from(second).min(59), micros)
}

/// Parses `HH:MM:SS` with an optional fraction: hour, minute, second, microseconds, and the rest of `text`.
pub(crate) fn time_of_day(text: &str) -> Option<(u8, u8, u8, Option<u32>, &str)> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (two(bytes, 0)?, two(bytes, 3)?, two(bytes, 6)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = &text[8..];
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some((hour, minute, second, None, rest)) };
    let length = digits(fraction.as_bytes());
    if length == 0 {
        return Some((hour, minute, second, None, rest));
    }
    let mut micros = 0;
    for index in 0..6 {
        let digit = if index < length { fraction.as_bytes()[index] - b'0' } else { 0 };
        micros = micros * 10 + u32::from(digit);
    }
    Some((hour, minute, second, Some(micros), &fraction[length..]))
}

/// Parses `Dec 28 16:09:07`, the form of nearly every journal, by its fixed columns.
fn english(text: &str) -> Option<(Timestamp, &str)> {
    let bytes = text.as_bytes();
    if bytes.len() < 16 || bytes[3] != b' ' || bytes[6] != b' ' || !text.is_char_boundary(7) {
        return None;
    }
    let month = month::english([bytes[0], bytes[1], bytes[2]])?;
    let day = if bytes[4] == b' ' { two(&[b'0', bytes[5]], 0)? } else { two(bytes, 4)? };
    let (hour, minute, second, micros, rest) = time_of_day(&text[7..])?;
    (1..=31)
        .contains(&day)
        .then_some((Timestamp { year: None, month, day, hour, minute, second, micros, offset: None }, rest))
}

/// Parses `Dec 28 16:09:07[.ffffff]`, the month in any language: the timestamp and the rest of `text`.
pub(crate) fn syslog(text: &str) -> Option<(Timestamp, &str)> {
    if let Some(found) = english(text) {
        return Some(found);
    }
    let space = text.as_bytes().iter().take(40).position(|byte| *byte == b' ')?;
    let name = &text[..space];
    let rest = text[space..].trim_start_matches(' ');
    let length = digits(rest.as_bytes());
    if length == 0 || length > 2 {
        return None;
    }
    let day: u8 = rest[..length].parse().ok()?;
    let rest = rest[length..].trim_start_matches(['.', '日', '일', ' ']);
    let (hour, minute, second, micros, rest) = time_of_day(rest)?;
    let month = month::number(name).unwrap_or(0);
    if !(1..=31).contains(&day) || (month == 0 && !name.chars().all(char::is_alphabetic)) {
        return None;
    }
    Some((Timestamp { year: None, month, day, hour, minute, second, micros, offset: None }, rest))
}

/// Parses `2024-12-28T16:09:07[.f][zone]`, or a space instead of the T: the timestamp and the rest of `text`.
pub(crate) fn iso(text: &str) -> Option<(Timestamp, &str)> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || bytes[4] != b'-' || bytes[7] != b'-' || !(bytes[10] == b'T' || bytes[10] == b' ') {
        return None;
    }
    let year = i32::from(two(bytes, 0)?) * 100 + i32::from(two(bytes, 2)?);
    let (month, day) = (two(bytes, 5)?, two(bytes, 8)?);
    NaiveDate::from_ymd_opt(year, month.into(), day.into())?;
    let (hour, minute, second, micros, rest) = time_of_day(&text[11..])?;
    let (offset, rest) = zone(rest);
    Some((Timestamp { year: Some(year), month, day, hour, minute, second, micros, offset }, rest))
}

/// Parses `Z`, `+0100`, `+01:00` or `+01` directly after a time, or ` UTC` after a space.
fn zone(text: &str) -> (Option<i32>, &str) {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return (Some(0), rest);
    }
    if let Some(rest) = text.strip_prefix(" UTC").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return (Some(0), rest);
    }
    let bytes = text.as_bytes();
    let sign = match bytes.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (None, text),
    };
    let Some(hours) = two(bytes, 1) else { return (None, text) };
    let (minutes, length) = match bytes.get(3) {
        Some(b':') => two(bytes, 4).map_or((0, 3), |minutes| (minutes, 6)),
        _ => two(bytes, 3).map_or((0, 3), |minutes| (minutes, 5)),
    };
    if hours > 18 || minutes > 59 {
        return (None, text);
    }
    (Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)), &text[length..])
}

/// Parses `1735402147.451597` of `-o short-unix`: the timestamp and the rest of `text`.
pub(crate) fn unix(text: &str) -> Option<(Timestamp, &str)> {
    let bytes = text.as_bytes();
    let whole = digits(bytes);
    if !(9..=11).contains(&whole) || bytes.get(whole) != Some(&b'.') || digits(&bytes[whole + 1..]) != 6 {
        return None;
    }
    let end = whole + 7;
    if bytes.get(end) != Some(&b' ') {
        return None;
    }
    let seconds: i64 = text[..whole].parse().ok()?;
    let micros: i64 = text[whole + 1..end].parse().ok()?;
    Some((Timestamp::from_epoch_micros(seconds * 1_000_000 + micros)?, &text[end..]))
}
