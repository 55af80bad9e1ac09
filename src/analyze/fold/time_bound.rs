//! A point in time as people write it on the command line: `--since` and `--until`.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::kubelet::Moment;

/// A point in time of `--since` or `--until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBound {
    /// A time with a zone.
    Utc(DateTime<Utc>),
    /// A time on the clock of the journal.
    Local(NaiveDateTime),
    /// A time of day, on the day of the first line.
    OfDay(NaiveTime),
}

impl TimeBound {
    /// Parses `2024-12-28 16:09:07`: a `T` instead of the space, a fraction and a zone are allowed; seconds, the time
    /// or the date may be missing.
    ///
    /// # Errors
    /// Returns a sentence with examples if `text` has none of these forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        zoned(text).or_else(|| local(text)).or_else(|| time_of_day(text)).ok_or_else(|| {
            "expected a time such as 2024-12-28T16:09:07, 2024-12-28T16:09:07Z, 2024-12-28 or 16:09".to_owned()
        })
    }

    /// Compares a line's time with the bound; `first` is the time of the first line.
    pub(crate) fn compare(self, moment: Moment, first: NaiveDateTime) -> Ordering {
        match self {
            Self::Utc(bound) => moment.utc.unwrap_or_else(|| moment.local.and_utc()).cmp(&bound),
            Self::Local(bound) => moment.local.cmp(&bound),
            Self::OfDay(time) => moment.local.cmp(&first.date().and_time(time)),
        }
    }
}

fn zoned(text: &str) -> Option<TimeBound> {
    let time = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok()?;
    Some(TimeBound::Utc(time.to_utc()))
}

fn local(text: &str) -> Option<TimeBound> {
    let spaced = text.replacen('T', " ", 1);
    let time = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&spaced, format).ok());
    let midnight = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    time.or_else(midnight).map(TimeBound::Local)
}

fn time_of_day(text: &str) -> Option<TimeBound> {
    let time = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    time.map(TimeBound::OfDay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_parsed_as_people_write_it() {
        let local = |text: &str| TimeBound::Local(text.parse().unwrap());
        assert_eq!(TimeBound::parse("2024-12-28 16:09:07"), Ok(local("2024-12-28T16:09:07")));
        assert_eq!(TimeBound::parse("2024-12-28T16:09"), Ok(local("2024-12-28T16:09:00")));
        assert_eq!(TimeBound::parse("2024-12-28"), Ok(local("2024-12-28T00:00:00")));
        let zoned = TimeBound::Utc("2024-12-28T16:09:07Z".parse().unwrap());
        assert_eq!(TimeBound::parse("2024-12-28 17:09:07+01:00"), Ok(zoned));
        let of_day = TimeBound::OfDay(NaiveTime::from_hms_opt(16, 9, 0).unwrap());
        assert_eq!(TimeBound::parse("16:09"), Ok(of_day));
        assert!(TimeBound::parse("yesterday").unwrap_err().contains("2024-12-28T16:09:07"));
    }
}
