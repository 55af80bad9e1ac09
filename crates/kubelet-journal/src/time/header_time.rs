//! The time inside a record: a klog header has neither a year nor a zone.
//!
//! Only the written parts; [`TimeResolver`](crate::TimeResolver) finds the year.

/// The time in a klog header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeaderTime {
    /// Month, from 1 to 12.
    pub month: u8,
    /// Day of the month, from 1 to 31.
    pub day: u8,
    /// Hour, from 0 to 23.
    pub hour: u8,
    /// Minute, from 0 to 59.
    pub minute: u8,
    /// Second, from 0 to 60 (a leap second).
    pub second: u8,
    /// Microseconds, from 0 to 999,999.
    pub micros: u32,
}

impl HeaderTime {
    /// Returns the seconds since midnight.
    #[must_use]
    #[inline]
    pub fn second_of_day(&self) -> u32 {
        u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second)
    }

    /// Returns microseconds on an axis on which each month has 31 days.
    ///
    /// Differences are right within a month and have the right sign within a year: for distances of milliseconds,
    /// not for dates.
    #[must_use]
    pub fn axis_micros(&self) -> i64 {
        let days = i64::from(self.month) * 31 + i64::from(self.day);
        (days * 86_400 + i64::from(self.second_of_day())) * 1_000_000 + i64::from(self.micros)
    }
}

/// The time inside a record, in the form that the record has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordTime {
    /// The time of a klog header; `None` if the record has no such header.
    pub header: Option<HeaderTime>,
    /// The time in klog's JSON or in logrus, in microseconds since 1970; `None` if the record has neither form.
    pub epoch_micros: Option<i64>,
}

impl RecordTime {
    /// Returns microseconds for distances of milliseconds between two records of one form; `None` if there is no time.
    #[must_use]
    pub fn axis_micros(&self) -> Option<i64> {
        self.header.map(|header| header.axis_micros()).or(self.epoch_micros)
    }
}
