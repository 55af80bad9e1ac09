//! Two lines, one failure: what client-go reports twice.
//!
//! Up to 1.32 a reflector that fails to list writes a line (`failed to list`) and, in the same millisecond, a second one about the loop
//! around it (`Failed to watch …: failed to list …`). Both are lines; together they are one failure. Lines are never dropped here: the
//! helper only says which of them is the second. One helper belongs to one worker.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::activity::Activity;
use super::reading::Reading;
use super::reflector::Stage;

/// The most that lies between the two, in microseconds: the seed's are 20 to 200 µs apart, a busy node's some milliseconds.
const APART: i64 = 5_000;

/// First lines that wait for their second: more than a node has reflectors is of no use.
const WAITING: usize = 64;

/// What makes two lines the two reports of one failure: the reflector and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TwinKey(u64);

impl TwinKey {
    /// The key of a reading, or `None` when it has no twin.
    #[must_use]
    pub fn of(reading: &Reading<'_>) -> Option<Self> {
        if reading.activity != Activity::Watch {
            return None;
        }
        let reflector = reading.reflector.as_deref()?;
        let mut hasher = DefaultHasher::new();
        // the second line escapes its quotes once more than the first
        for byte in reflector.bytes().filter(|byte| *byte != b'\\') {
            hasher.write_u8(byte);
        }
        reading.resource.hash(&mut hasher);
        Some(Self(hasher.finish()))
    }
}

/// Finds the second line of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TwinFold {
    waiting: VecDeque<(TwinKey, i64)>,
}

impl TwinFold {
    /// Whether this line is the second report of a failure whose first was seen before. Time is klog's own, from the reading.
    pub fn is_second(&mut self, reading: &Reading<'_>) -> bool {
        let (Some(key), Some(clock), Some(stage)) = (TwinKey::of(reading), reading.clock, reading.stage) else {
            return false;
        };
        let now = clock.axis_micros();
        match stage {
            Stage::List => {
                if self.waiting.len() == WAITING {
                    self.waiting.pop_front();
                }
                self.waiting.push_back((key, now));
                false
            }
            Stage::Loop => {
                let found = self.waiting.iter().position(|(first, at)| *first == key && (now - at).abs() <= APART);
                found.and_then(|index| self.waiting.remove(index)).is_some()
            }
            Stage::Watch => false,
        }
    }
}
