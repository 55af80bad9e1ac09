//! From the parts of a time to a point on the axis: years, zones, and microseconds.
//!
//! klog and `short` have no year, and two clocks in one line may differ by a zone. The journal's time is the axis; klog's microseconds
//! order lines inside a second, when both clocks agree on the second. A calendar belongs to one file: it remembers only the last time it
//! gave, so that December is followed by January of the next year, and a clock that was set back stays in its year.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::klog::text::{Clock, Record};
use crate::line::entry::Entry;
use crate::time::timestamp::Stamp;

/// What is known about the year of a file's lines when they do not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearHint {
    /// The first line is of this year.
    Year(i32),
    /// No line is later than this day: the date of the file, or today for a line that just came in.
    NotAfter(NaiveDate),
}

/// When a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// On the clock of the line itself.
    pub local: NaiveDateTime,
    /// In UTC, where the zone is known.
    pub utc: Option<DateTime<Utc>>,
}

/// Gives the lines of one file their times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    hint: YearHint,
    last: Option<NaiveDateTime>,
}

impl Calendar {
    /// A calendar for a file of which nothing was read yet.
    #[must_use]
    pub const fn new(hint: YearHint) -> Self {
        Self { hint, last: None }
    }

    /// The time of a line, or `None` when it has none or an impossible one.
    pub fn moment(&mut self, entry: &Entry<'_>, record: &Record<'_>) -> Option<Moment> {
        let moment = match (&entry.stamp, &record.clock) {
            (Some(stamp), clock) => self.of_stamp(stamp, clock.as_ref()),
            (None, Some(clock)) => self.of_clock(clock),
            (None, None) => {
                let utc = DateTime::from_timestamp_micros(record.epoch_micros?)?;
                Some(Moment { local: utc.naive_utc(), utc: Some(utc) })
            }
        }?;
        self.last = Some(moment.local);
        Some(moment)
    }

    fn of_stamp(&self, stamp: &Stamp, clock: Option<&Clock>) -> Option<Moment> {
        let micros = stamp
            .micros
            .unwrap_or_else(|| clock.filter(|clock| same_second(stamp, clock)).map_or(0, |clock| clock.micros));
        let time = time(stamp.hour, stamp.minute, stamp.second, micros)?;
        // a month in a language nobody knew: klog writes it in digits
        let month = if stamp.month == 0 { clock?.month } else { stamp.month };
        let local = match stamp.year {
            Some(year) => NaiveDate::from_ymd_opt(year, month.into(), stamp.day.into())?.and_time(time),
            None => self.with_year(month, stamp.day, time)?,
        };
        let utc = stamp.offset.map(|offset| (local - Duration::seconds(offset.into())).and_utc());
        Some(Moment { local, utc })
    }

    fn of_clock(&self, clock: &Clock) -> Option<Moment> {
        let time = time(clock.hour, clock.minute, clock.second, clock.micros)?;
        Some(Moment { local: self.with_year(clock.month, clock.day, time)?, utc: None })
    }

    /// The year that puts a date nearest to the line before it, or that the hint says for the first.
    fn with_year(&self, month: u8, day: u8, time: NaiveTime) -> Option<NaiveDateTime> {
        let in_year = |year| Some(NaiveDate::from_ymd_opt(year, month.into(), day.into())?.and_time(time));
        match self.last {
            // most lines are of the same day as the line before
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
                    // a day of slack: the file's date and the lines may be of different zones
                    let latest = latest.succ_opt().unwrap_or(latest);
                    (0..9).filter_map(|back| in_year(latest.year() - back)).find(|candidate| candidate.date() <= latest)
                }
            },
        }
    }
}

/// 29 February of a year that has none is of the leap year before.
fn leap_year_before(year: i32, in_year: impl Fn(i32) -> Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    (1..9).find_map(|back| in_year(year - back))
}

/// The time of day; a leap second becomes the last of its minute.
fn time(hour: u8, minute: u8, second: u8, micros: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_micro_opt(hour.into(), minute.into(), u32::from(second).min(59), micros)
}

/// Whether both clocks show the same second, whatever the zone: zones differ by whole quarters of an hour.
fn same_second(stamp: &Stamp, clock: &Clock) -> bool {
    stamp.second_of_day() % 900 == clock.second_of_day() % 900
}

/// Microseconds since 1970 of a stamp that has its year and zone.
pub(crate) fn utc_micros(stamp: &Stamp) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(stamp.year?, stamp.month.into(), stamp.day.into())?;
    let local = date.and_time(time(stamp.hour, stamp.minute, stamp.second, stamp.micros.unwrap_or(0))?);
    Some((local - Duration::seconds(stamp.offset.unwrap_or(0).into())).and_utc().timestamp_micros())
}
