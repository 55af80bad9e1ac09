//! From the written parts of a time to a point in time: finds years, applies zones, adds microseconds.
//!
//! klog headers and `-o short` have no year, and the two times of one line may differ by a zone. The journal's time
//! decides; klog's microseconds order lines within a second if both times show the same second. One resolver belongs to
//! one file: it remembers only the last time that it gave, so January after December is of the next year, and a clock
//! that was set back stays in its year.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::time::header_time::{HeaderTime, RecordTime};
use crate::time::timestamp::{Timestamp, naive_time};

/// Knowledge about the year of a file whose lines do not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearHint {
    /// The first line is of this year.
    Year(i32),
    /// No line is later than this day: the file's date, or today for a line that has just arrived.
    NotAfter(NaiveDate),
}

/// The point in time at which a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The time on the clock that the line shows.
    pub local: NaiveDateTime,
    /// The time in UTC; `None` if the zone is unknown.
    pub utc: Option<DateTime<Utc>>,
}

/// Years that a line may have: no node's clock is older than Unix (1970), and a written year has four digits.
/// Arithmetic on times within them can't overflow.
const YEARS: RangeInclusive<i32> = 1970..=9999;

impl Moment {
    fn is_in_range(&self) -> bool {
        YEARS.contains(&self.local.year()) && self.utc.is_none_or(|utc| YEARS.contains(&utc.year()))
    }
}

/// Resolves the times of the lines of one file, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeResolver {
    hint: YearHint,
    last: Option<NaiveDateTime>,
}

impl TimeResolver {
    /// Creates a resolver for a file of which nothing has been read.
    #[must_use]
    pub const fn new(hint: YearHint) -> Self {
        Self { hint, last: None }
    }

    /// Resolves the time of the next line, from the time in front of it and the time in its record.
    ///
    /// `None` if the line has no time, or an impossible one (30 February, the year 0).
    pub fn resolve(&mut self, timestamp: Option<&Timestamp>, record: RecordTime) -> Option<Moment> {
        let moment = match (timestamp, &record.header) {
            (Some(timestamp), header) => self.of_timestamp(timestamp, header.as_ref()),
            (None, Some(header)) => self.of_header(header),
            (None, None) => {
                let utc = DateTime::from_timestamp_micros(record.epoch_micros?)?;
                Some(Moment { local: utc.naive_utc(), utc: Some(utc) })
            }
        }?;
        if !moment.is_in_range() {
            return None;
        }
        self.last = Some(moment.local);
        Some(moment)
    }

    fn of_timestamp(&self, timestamp: &Timestamp, header: Option<&HeaderTime>) -> Option<Moment> {
        let micros = timestamp.micros.unwrap_or_else(|| {
            header.filter(|header| same_second(timestamp, header)).map_or(0, |header| header.micros)
        });
        let time = naive_time(timestamp.hour, timestamp.minute, timestamp.second, micros)?;
        // klog writes the month in digits, so it is known even if the journal's language is not
        let month = if timestamp.month == 0 { header?.month } else { timestamp.month };
        let local = match timestamp.year {
            Some(year) => NaiveDate::from_ymd_opt(year, month.into(), timestamp.day.into())?.and_time(time),
            None => self.with_year(month, timestamp.day, time)?,
        };
        let utc = match timestamp.offset {
            Some(offset) => Some(local.checked_sub_signed(Duration::seconds(offset.into()))?.and_utc()),
            None => None,
        };
        Some(Moment { local, utc })
    }

    fn of_header(&self, header: &HeaderTime) -> Option<Moment> {
        let time = naive_time(header.hour, header.minute, header.second, header.micros)?;
        Some(Moment { local: self.with_year(header.month, header.day, time)?, utc: None })
    }

    /// Adds the year in which the date is nearest to the line before; for the first line the year of the hint.
    fn with_year(&self, month: u8, day: u8, time: NaiveTime) -> Option<NaiveDateTime> {
        let in_year = |year| Some(NaiveDate::from_ymd_opt(year, month.into(), day.into())?.and_time(time));
        match self.last {
            // the usual case: the same day as the line before
            Some(last) if last.day() == u32::from(day) && last.month() == u32::from(month) => {
                Some(last.date().and_time(time))
            }
            Some(last) => {
                let half = Duration::days(183);
                let year = last.year();
                let same = in_year(year);
                let near = |candidate: &NaiveDateTime| (*candidate - last).abs() <= half;
                same.filter(near)
                    .or_else(|| in_year(year + 1).filter(near))
                    .or_else(|| in_year(year - 1).filter(near))
                    .or(same)
                    .or_else(|| leap_year_before(year, in_year))
            }
            None => match self.hint {
                YearHint::Year(year) => in_year(year).or_else(|| leap_year_before(year, in_year)),
                YearHint::NotAfter(latest) => {
                    // one day of slack: the file's date and its lines may be of different zones
                    let latest = latest.succ_opt().unwrap_or(latest);
                    (0..9).filter_map(|back| in_year(latest.year() - back)).find(|candidate| candidate.date() <= latest)
                }
            },
        }
    }
}

/// Moves 29 February of a year that has none to the leap year before it, at most eight years back (1904 follows 1896).
fn leap_year_before(year: i32, in_year: impl Fn(i32) -> Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    (1..9).find_map(|back| in_year(year - back))
}

/// Whether both times show the same second in some pair of zones: offsets of zones are multiples of 15 minutes (tz
/// database).
fn same_second(timestamp: &Timestamp, header: &HeaderTime) -> bool {
    timestamp.second_of_day() % 900 == header.second_of_day() % 900
}
