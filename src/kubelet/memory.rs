//! What was read once is not read again: a kubelet in an outage repeats itself, word for word, but for the time.
//!
//! A reading depends on what follows the time and the process in a klog header, and on nothing else; so two lines that agree there have one
//! reading. The memory keeps what its owner makes of a reading, for as many different lines as it has places; a line that is too long or
//! has no header is read each time. Nothing is ever answered from a line that is not equal byte by byte.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use super::judge::read;
use super::klog::{self, Clock, Record, record};
use super::reading::Reading;

/// Lines remembered: a node has some hundred different ones in an outage.
const PLACES: usize = 4096;

/// The longest line that is remembered, without its header.
const LONGEST: usize = 1024;

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
    body: Box<str>,
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
    /// What `make` makes of a message, or made of the same one before; and the time inside it.
    pub fn recall(&mut self, message: &str, make: impl FnOnce(&Record<'_>, &Reading<'_>) -> T) -> (Written, T) {
        let Some((_, clock, rest)) = klog::header(message) else { return fresh(message, make) };
        let (_, body) = klog::pid(rest);
        if body.len() > LONGEST {
            return fresh(message, make);
        }
        let letter = message.as_bytes()[0];
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(letter);
        hasher.write(body.as_bytes());
        let hash = hasher.finish();
        let place = &mut self.places[hash as usize % PLACES];
        if let Some(known) = place.as_ref().filter(|known| known.hash == hash && known.letter == letter)
            && *known.body == *body
        {
            return (Written { clock: Some(clock), epoch_micros: None }, known.made);
        }
        let (written, made) = fresh(message, make);
        *place = Some(Place { hash, letter, body: body.into(), made });
        (written, made)
    }
}

fn fresh<T>(message: &str, make: impl FnOnce(&Record<'_>, &Reading<'_>) -> T) -> (Written, T) {
    let record = record(message);
    let made = make(&record, &read(&record));
    (Written::of(&record), made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubelet::Symptom;

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
        assert_eq!(severity, Some(crate::kubelet::Severity::Warning));
    }
}
