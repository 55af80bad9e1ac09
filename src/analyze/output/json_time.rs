//! Times in the JSON formats: local, without a zone, in microseconds.

use chrono::NaiveDateTime;
use serde::{Serialize, Serializer};

/// A time on the clock of the journal, such as `2024-12-28T16:09:07.451597`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonTime(pub(crate) NaiveDateTime);

impl Serialize for JsonTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S%.6f"))
    }
}
