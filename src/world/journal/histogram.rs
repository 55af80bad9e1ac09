//! Counts over time in a fixed amount of memory.
//!
//! A histogram loses resolution, never counts. It knows nothing of what it counts.

use chrono::Duration;

use crate::observation::Time;

/// Buckets kept: as many as the widest bar of a lane has cells.
const BUCKETS: usize = 128;

/// Counts over time from an origin. A bucket is 250 ms long at first. When time runs past the last bucket, neighbors
/// merge and every bucket is twice as long, so that an outage of a week fits as well as one of a minute. Times before
/// the origin count in the first bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    origin: Time,
    bucket_ms: i64,
    counts: Vec<u32>,
}

impl Histogram {
    /// An empty histogram from `origin` on.
    pub fn new(origin: Time) -> Self {
        Self { origin, bucket_ms: 250, counts: Vec::new() }
    }

    /// Counts one occurrence at `at`.
    pub fn count(&mut self, at: Time) {
        self.add(at, 1);
    }

    fn add(&mut self, at: Time, times: u32) {
        let since = (at - self.origin).num_milliseconds().max(0);
        while since / self.bucket_ms >= BUCKETS as i64 {
            self.counts =
                self.counts.chunks(2).map(|pair| pair.iter().fold(0u32, |a, b| a.saturating_add(*b))).collect();
            self.bucket_ms *= 2;
        }
        let bucket = (since / self.bucket_ms) as usize;
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(times);
    }

    /// The same counts from another origin, with those of `other` added; exact to the longer bucket of the two.
    pub fn joined(&self, origin: Time, other: Option<&Self>) -> Self {
        let mut joined = Self::new(origin);
        for one in [Some(self), other].into_iter().flatten() {
            for (bucket, count) in one.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let start = one.origin + Duration::milliseconds(bucket as i64 * one.bucket_ms);
                joined.add(start, *count);
            }
        }
        joined
    }

    /// Number of occurrences before `at`, exact to a bucket.
    pub fn before(&self, at: Time) -> u64 {
        let since = (at - self.origin).num_milliseconds().max(0);
        self.counts.iter().take((since / self.bucket_ms) as usize).map(|count| u64::from(*count)).sum()
    }

    /// Number of occurrences in each of `columns` equal parts of the time from the origin to `until`.
    pub fn columns(&self, until: Time, columns: usize) -> Vec<u32> {
        let mut out = vec![0u32; columns];
        let total = (until - self.origin).num_milliseconds().max(1);
        for (bucket, count) in self.counts.iter().enumerate() {
            if columns == 0 || *count == 0 {
                continue;
            }
            let middle = bucket as i64 * self.bucket_ms + self.bucket_ms / 2;
            let column = (middle.min(total - 1).max(0) * columns as i64 / total) as usize;
            out[column.min(columns - 1)] = out[column.min(columns - 1)].saturating_add(*count);
        }
        out
    }

    /// Length of a bucket.
    pub fn resolution(&self) -> Duration {
        Duration::milliseconds(self.bucket_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Time {
        Time::UNIX_EPOCH + Duration::milliseconds(ms)
    }

    #[test]
    fn counts_fall_into_the_column_of_their_time() {
        let mut histogram = Histogram::new(at(0));
        for ms in [0, 100, 5_000, 9_900] {
            histogram.count(at(ms));
        }
        assert_eq!(histogram.columns(at(10_000), 4), [2, 0, 1, 1]);
    }

    #[test]
    fn a_week_keeps_every_count_in_a_fixed_size() {
        let mut histogram = Histogram::new(at(0));
        for hour in 0..168 {
            histogram.count(at(hour * 3_600_000));
        }
        assert!(histogram.counts.len() <= BUCKETS);
        assert_eq!(histogram.columns(at(168 * 3_600_000), 7).iter().sum::<u32>(), 168);
    }

    #[test]
    fn times_before_the_origin_count_in_the_first_column() {
        let mut histogram = Histogram::new(at(1_000));
        histogram.count(at(0));
        assert_eq!(histogram.columns(at(2_000), 2), [1, 0]);
    }
}
