//! A cache of readings: in an outage a kubelet repeats itself word for word, but for the time.
//!
//! A reading depends only on the severity and on the text after the time and the process in a klog header, so two lines
//! that agree there have the same reading. A message that is too long or has no header is read each time. A message is
//! answered from the cache only if it is equal byte by byte.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::classify::read::read;
use crate::classify::reading::Reading;
use crate::klog::header;
use crate::klog::parse::record;
use crate::klog::record::Record;
use crate::time::header_time::{HeaderTime, RecordTime};

/// Number of messages that are kept: a node writes some hundred different ones in an outage (`tests/fixtures/logs`).
const SLOTS: usize = 8192;

/// Longest message that is kept, in bytes without its header; longer ones are rare, and are dumps.
const LONGEST_BODY: usize = 2048;

/// A kept message, without its time and process, and its value.
#[derive(Clone)]
struct CacheSlot<T> {
    hash: u64,
    letter: u8,
    body: Box<[u8]>,
    value: T,
}

/// Keeps a value of the caller for each different message.
pub struct ReadingCache<T> {
    slots: Vec<Option<CacheSlot<T>>>,
    hasher: FixedState,
}

impl<T: Copy> Default for ReadingCache<T> {
    fn default() -> Self {
        Self { slots: vec![None; SLOTS], hasher: FixedState::default() }
    }
}

impl<T: Copy> ReadingCache<T> {
    /// Returns the time in a message and the value that is kept for it; `None` if none is kept. The bytes need not be
    /// UTF-8.
    pub fn get(&self, message: &[u8]) -> Option<(RecordTime, T)> {
        let key = self.key(message)?;
        let [first, second] = key.slots();
        let known = self.slots[first].as_ref().filter(|slot| key.is_of(slot));
        let known = known.or_else(|| self.slots[second].as_ref().filter(|slot| key.is_of(slot)))?;
        Some((RecordTime { header: Some(key.time), epoch_micros: None }, known.value))
    }

    /// Returns the time in a message and the value that is kept for it; if none is kept, reads the message, and keeps
    /// the value of `make`.
    pub fn get_or_read(&mut self, message: &str, make: impl FnOnce(&Record<'_>, &Reading<'_>) -> T) -> (RecordTime, T) {
        if let Some(known) = self.get(message.as_bytes()) {
            return known;
        }
        let record = record(message);
        let (time, value) = (record.time(), make(&record, &read(&record)));
        if let Some(key) = self.key(message.as_bytes()) {
            // the newest message takes the first slot, the one before it moves to the second
            let [first, second] = key.slots();
            let slot = CacheSlot { hash: key.hash, letter: key.letter, body: key.body.into(), value };
            if let Some(before) = self.slots[first].replace(slot) {
                self.slots[second] = Some(before);
            }
        }
        (time, value)
    }

    /// Returns the key of a message; `None` if it has no header, or is too long to be kept.
    fn key<'a>(&self, message: &'a [u8]) -> Option<MessageKey<'a>> {
        let time = header::time(message)?;
        let body = &message[header::end_of_pid(message)..];
        if body.len() > LONGEST_BODY {
            return None;
        }
        let letter = message[0];
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(letter);
        hasher.write(body);
        Some(MessageKey { hash: hasher.finish(), letter, body, time })
    }
}

/// The key of a message, and the time in it.
struct MessageKey<'a> {
    hash: u64,
    letter: u8,
    body: &'a [u8],
    time: HeaderTime,
}

impl MessageKey<'_> {
    /// Returns the indices of the two slots in which a message may be.
    fn slots(&self) -> [usize; 2] {
        let first = self.hash as usize % SLOTS;
        [first, first ^ 1]
    }

    /// Whether the slot holds the message.
    fn is_of<T>(&self, slot: &CacheSlot<T>) -> bool {
        slot.hash == self.hash && slot.letter == self.letter && *slot.body == *self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Symptom;

    const REFUSED: &str = concat!(
        r#"E1228 16:08:57.706942     228 controller.go:195] "Failed to update lease" err="Put "#,
        r#"\"https://cp:6443/apis/x\": dial tcp 10.0.0.1:6443: connect: connection refused""#,
    );

    #[test]
    fn a_line_that_differs_only_in_time_and_process_is_read_once() {
        let mut cache = ReadingCache::<Symptom>::default();
        let mut reads = 0;
        for line in [REFUSED.to_owned(), REFUSED.replace("16:08:57", "16:08:59"), REFUSED.replace(" 228 ", " 991 ")] {
            let (time, symptom) = cache.get_or_read(&line, |_, reading| {
                reads += 1;
                reading.symptom
            });
            assert_eq!(symptom, Symptom::ConnectionRefused);
            assert_eq!(time, record(&line).time());
        }
        assert_eq!(reads, 1);
    }

    #[test]
    fn a_line_that_differs_in_one_letter_is_read_anew() {
        let mut cache = ReadingCache::default();
        cache.get_or_read(REFUSED, |_, reading| (reading.symptom, reading.severity));
        let other = REFUSED.replace("connection refused", "i/o timeout");
        assert_eq!(cache.get_or_read(&other, |_, reading| (reading.symptom, reading.severity)).1.0, Symptom::Timeout);
        let warning = format!("W{}", &REFUSED[1..]);
        let (_, (_, severity)) = cache.get_or_read(&warning, |_, reading| (reading.symptom, reading.severity));
        assert_eq!(severity, Some(crate::Severity::Warning));
    }
}
