//! Failures that client-go logs twice.
//!
//! Up to 1.32 a reflector that fails to list writes a line (`failed to list`), and in the same millisecond a second one
//! about the loop around it (`Failed to watch …: failed to list …`; `ListAndWatch` and `Run` in client-go's
//! `tools/cache/reflector.go`). Both are lines; together they are one failure. The filter drops no line: it only finds
//! which line is the second. One filter belongs to one kubelet.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::classify::activity::Activity;
use crate::classify::reading::Reading;
use crate::classify::reflector::ReflectorStage;

/// Longest time between both lines, in microseconds: 20 to 200 µs in `tests/fixtures/logs`, some milliseconds on a busy
/// node.
const LONGEST_GAP: i64 = 5_000;

/// Number of first lines that are kept: a node has some dozens of reflectors.
const MOST_WAITING: usize = 64;

/// The key that both lines of a failure have in common: a hash of the reflector's name and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DuplicateKey(u64);

impl DuplicateKey {
    /// Returns the key of a reading; `None` if it is not a reflector's.
    #[must_use]
    pub fn of(reading: &Reading<'_>) -> Option<Self> {
        if reading.activity != Activity::Watch {
            return None;
        }
        let reflector = reading.reflector.as_deref()?;
        let mut hasher = FixedState::default().build_hasher();
        // the second line escapes the quotes once more than the first
        for byte in reflector.bytes().filter(|byte| *byte != b'\\') {
            hasher.write_u8(byte);
        }
        hasher.write_u8(0);
        hasher.write(reading.resource.as_deref().unwrap_or("").as_bytes());
        Some(Self(hasher.finish()))
    }
}

/// Finds the second line of a failure, in the order of a kubelet's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuplicateFilter {
    waiting: VecDeque<(DuplicateKey, i64)>,
}

impl DuplicateFilter {
    /// Whether this line is the second one of a failure whose first was given before.
    pub fn is_duplicate(&mut self, reading: &Reading<'_>) -> bool {
        let (Some(key), Some(time), Some(stage)) = (DuplicateKey::of(reading), reading.header_time, reading.stage)
        else {
            return false;
        };
        self.is_duplicate_of(key, stage, time.axis_micros())
    }

    /// Whether a line with this key is the second one of a failure; `now` is the line's
    /// [`RecordTime::axis_micros`](crate::RecordTime::axis_micros).
    pub fn is_duplicate_of(&mut self, key: DuplicateKey, stage: ReflectorStage, now: i64) -> bool {
        match stage {
            ReflectorStage::List => {
                if self.waiting.len() == MOST_WAITING {
                    self.waiting.pop_front();
                }
                self.waiting.push_back((key, now));
                false
            }
            ReflectorStage::Loop => {
                let found =
                    self.waiting.iter().position(|(first, at)| *first == key && (now - at).abs() <= LONGEST_GAP);
                found.and_then(|index| self.waiting.remove(index)).is_some()
            }
            ReflectorStage::Watch => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DuplicateFilter;
    use crate::{read, record};

    const FIRST: &str = concat!(
        r#"W1228 16:09:10.046740     228 reflector.go:561] object-"kube-system"/"proxy": failed to list "#,
        r#"*v1.ConfigMap: Get "https://cp:6443/x": EOF"#,
    );
    const SECOND: &str = concat!(
        r#"E1228 16:09:10.047121     228 reflector.go:158] "Unhandled Error" "#,
        r#"err="object-\"kube-system\"/\"proxy\": Failed to watch *v1.ConfigMap: failed to list *v1.ConfigMap: "#,
        r#"Get \"https://cp:6443/x\": EOF" logger="UnhandledError""#,
    );

    fn folded(lines: &[&str]) -> Vec<bool> {
        let mut fold = DuplicateFilter::default();
        lines.iter().map(|line| fold.is_duplicate(&read(&record(line)))).collect()
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
