//! Two lines, one failure: what client-go reports twice.
//!
//! Up to 1.32 a reflector that fails to list writes a line (`failed to list`) and, in the same millisecond, a second one about the loop
//! around it (`Failed to watch …: failed to list …`). Both are lines; together they are one failure. Lines are never dropped here: the
//! helper only says which of them is the second. One helper belongs to one worker.

use std::collections::VecDeque;

use crate::classify::activity::Activity;
use crate::classify::reading::Reading;
use crate::classify::reflector::Stage;

/// The most that lies between the two, in microseconds: the seed's are 20 to 200 µs apart, a busy node's some milliseconds.
const APART: i64 = 5_000;

/// First lines that wait for their second: more than a node has reflectors is of no use.
const WAITING: usize = 64;

/// FNV-1a: the keys live for milliseconds among a few dozens, so a hash that is quick on short strings is enough.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

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
        // the second line escapes its quotes once more than the first
        let name = reflector.bytes().filter(|byte| *byte != b'\\');
        let kind = reading.resource.as_deref().unwrap_or("").bytes();
        Some(Self(
            name.chain([0]).chain(kind).fold(FNV_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)),
        ))
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
        self.is_second_of(key, stage, clock.axis_micros())
    }

    /// The same, for a reading whose key is known already, at a time of [`Written::axis_micros`](super::Written::axis_micros).
    pub fn is_second_of(&mut self, key: TwinKey, stage: Stage, now: i64) -> bool {
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

#[cfg(test)]
mod tests {
    use super::TwinFold;
    use crate::{read, record};

    const FIRST: &str = r#"W1228 16:09:10.046740     228 reflector.go:561] object-"kube-system"/"proxy": failed to list *v1.ConfigMap: Get "https://cp:6443/x": EOF"#;
    const SECOND: &str = r#"E1228 16:09:10.047121     228 reflector.go:158] "Unhandled Error" err="object-\"kube-system\"/\"proxy\": Failed to watch *v1.ConfigMap: failed to list *v1.ConfigMap: Get \"https://cp:6443/x\": EOF" logger="UnhandledError""#;

    fn folded(lines: &[&str]) -> Vec<bool> {
        let mut fold = TwinFold::default();
        lines.iter().map(|line| fold.is_second(&read(&record(line)))).collect()
    }

    #[test]
    fn the_second_line_of_a_failure_is_found_although_it_is_escaped_once_more() {
        assert_eq!(folded(&[FIRST, SECOND]), [false, true]);
    }

    #[test]
    fn a_second_line_alone_or_long_after_is_a_failure_of_its_own() {
        assert_eq!(folded(&[SECOND, FIRST, &SECOND.replace("10.047121", "12.047121")]), [false, false, false]);
    }

    #[test]
    fn lines_of_other_reflectors_stand_between_without_harm() {
        let other = FIRST.replace("proxy", "dns");
        assert_eq!(folded(&[FIRST, &other, SECOND, SECOND]), [false, false, true, false]);
    }
}
