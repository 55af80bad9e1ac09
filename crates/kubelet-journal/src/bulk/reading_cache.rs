//! What was read once is not read again: a kubelet in an outage repeats itself, word for word, but for the time.
//!
//! A reading depends on what follows the time and the process in a klog header, and on nothing else; so two lines that agree there have one
//! reading. The memory keeps what its owner makes of a reading, for as many different lines as it has places; a line that is too long or
//! has no header is read each time. Nothing is ever answered from a line that is not equal byte by byte.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::classify::headed::read;
use crate::classify::reading::Reading;
use crate::klog::text::{Clock, Record, body_start, clock, record};

/// Lines remembered: a node has some hundred different ones in an outage.
const PLACES: usize = 8192;

/// The longest line that is remembered, without its header.
const LONGEST: usize = 2048;

/// The time inside a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// klog's time.
    pub clock: Option<Clock>,
    /// The time of a record that is no klog, in microseconds since 1970.
    pub epoch_micros: Option<i64>,
}

impl Written {
    /// The time inside a record.
    #[must_use]
    pub const fn of(record: &Record<'_>) -> Self {
        Self { clock: record.clock, epoch_micros: record.epoch_micros }
    }

    /// Microseconds, for distances of milliseconds between two lines of one form.
    #[must_use]
    pub fn axis_micros(&self) -> Option<i64> {
        self.clock.map(|clock| clock.axis_micros()).or(self.epoch_micros)
    }

    /// A record that has this time and nothing else: what a calendar wants to see.
    #[must_use]
    pub fn record(&self) -> Record<'static> {
        Record { clock: self.clock, epoch_micros: self.epoch_micros, ..Record::default() }
    }
}

#[derive(Clone)]
struct Place<T> {
    hash: u64,
    letter: u8,
    body: Box<[u8]>,
    made: T,
}

/// What was made of lines read before.
pub struct Memory<T> {
    places: Vec<Option<Place<T>>>,
    hasher: FixedState,
}

impl<T: Copy> Default for Memory<T> {
    fn default() -> Self {
        Self { places: vec![None; PLACES], hasher: FixedState::default() }
    }
}

impl<T: Copy> Memory<T> {
    /// What was made of a message that was read before, and the time inside it. The message need not be known to be text: it is equal to one.
    pub fn known(&self, message: &[u8]) -> Option<(Written, T)> {
        let key = self.key(message)?;
        let [first, second] = key.places();
        let known = self.places[first].as_ref().filter(|place| key.is_of(place));
        let known = known.or_else(|| self.places[second].as_ref().filter(|place| key.is_of(place)))?;
        Some((Written { clock: Some(key.clock), epoch_micros: None }, known.made))
    }

    /// What `make` makes of a message, or made of the same one before; and the time inside it.
    pub fn recall(&mut self, message: &str, make: impl FnOnce(&Record<'_>, &Reading<'_>) -> T) -> (Written, T) {
        if let Some(known) = self.known(message.as_bytes()) {
            return known;
        }
        let record = record(message);
        let (written, made) = (Written::of(&record), make(&record, &read(&record)));
        if let Some(key) = self.key(message.as_bytes()) {
            // the newest comes first; what was there before is the second, until another comes
            let [first, second] = key.places();
            let place = Place { hash: key.hash, letter: key.letter, body: key.body.into(), made };
            if let Some(before) = self.places[first].replace(place) {
                self.places[second] = Some(before);
            }
        }
        (written, made)
    }

    /// What a message is looked for by; nothing where it is not remembered.
    fn key<'a>(&self, message: &'a [u8]) -> Option<Key<'a>> {
        let clock = clock(message)?;
        let body = &message[body_start(message)..];
        if body.len() > LONGEST {
            return None;
        }
        let letter = message[0];
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(letter);
        hasher.write(body);
        Some(Key { hash: hasher.finish(), letter, body, clock })
    }
}

/// What a message is looked for by, and its time.
struct Key<'a> {
    hash: u64,
    letter: u8,
    body: &'a [u8],
    clock: Clock,
}

impl Key<'_> {
    /// The two places where it may be.
    fn places(&self) -> [usize; 2] {
        let first = self.hash as usize % PLACES;
        [first, first ^ 1]
    }

    fn is_of<T>(&self, place: &Place<T>) -> bool {
        place.hash == self.hash && place.letter == self.letter && *place.body == *self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Symptom;

    const REFUSED: &str = r#"E1228 16:08:57.706942     228 controller.go:195] "Failed to update lease" err="Put \"https://cp:6443/apis/x\": dial tcp 10.0.0.1:6443: connect: connection refused""#;

    #[test]
    fn a_line_that_differs_only_in_time_and_process_is_read_once() {
        let mut memory = Memory::<Symptom>::default();
        let mut reads = 0;
        for line in [REFUSED.to_owned(), REFUSED.replace("16:08:57", "16:08:59"), REFUSED.replace(" 228 ", " 991 ")] {
            let (written, symptom) = memory.recall(&line, |_, reading| {
                reads += 1;
                reading.symptom
            });
            assert_eq!(symptom, Symptom::ConnectionRefused);
            assert_eq!(written.clock, record(&line).clock);
        }
        assert_eq!(reads, 1);
    }

    #[test]
    fn a_line_that_differs_in_one_letter_is_read_anew() {
        let mut memory = Memory::default();
        memory.recall(REFUSED, |_, reading| (reading.symptom, reading.severity));
        let other = REFUSED.replace("connection refused", "i/o timeout");
        assert_eq!(memory.recall(&other, |_, reading| (reading.symptom, reading.severity)).1.0, Symptom::Timeout);
        let warning = format!("W{}", &REFUSED[1..]);
        let (_, (_, severity)) = memory.recall(&warning, |_, reading| (reading.symptom, reading.severity));
        assert_eq!(severity, Some(crate::Severity::Warning));
    }
}
