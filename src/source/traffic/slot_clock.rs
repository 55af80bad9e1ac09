//! The fixed clock of the requests: numbered slots without gaps. Pure.

use std::{ops::Range, time::Duration};

use crate::observation::{TrafficOutcome, TrafficProbe};

/// Most missed slots that are reported at once: two minutes of them.
const MAX_MISSED: u64 = 240;

/// Numbers the slots, and detects those that were missed. Times count from the start of the session, without sleeps.
pub(super) struct SlotClock {
    /// Begin of the slot `first`.
    began: Duration,
    first: u64,
    /// Number of the first slot that was not taken.
    next: u64,
    /// Time between two slots.
    slot: Duration,
}

impl SlotClock {
    /// Creates a clock whose slot 0 begins at `now`.
    pub(super) fn new(now: Duration) -> Self {
        Self { began: now, first: 0, next: 0, slot: TrafficProbe::SLOT }
    }

    /// Time between two slots.
    pub(super) fn slot(&self) -> Duration {
        self.slot
    }

    /// Begin of the next slot.
    pub(super) fn due(&self) -> Duration {
        let slots = u32::try_from(self.next - self.first).unwrap_or(u32::MAX);
        self.began + self.slot.saturating_mul(slots)
    }

    /// Takes the slot of this moment. Returns the slots that were missed before it, and its number.
    pub(super) fn take(&mut self, now: Duration) -> (Range<u64>, u64) {
        let slot = (self.first + slots_in(now.saturating_sub(self.began), self.slot)).max(self.next);
        let missed = missed(self.next, slot);
        self.next = slot + 1;
        (missed, slot)
    }

    /// Begins the next slot at `now`, with another time between slots.
    pub(super) fn restart(&mut self, now: Duration, slot: Duration) {
        *self = Self { began: now, first: self.next, next: self.next, slot };
    }

    /// Observation of a slot.
    pub(super) fn probe(&self, worker: &str, slot: u64, outcome: TrafficOutcome) -> TrafficProbe {
        let every_ms = self.slot.as_millis() as u32;
        TrafficProbe { worker: worker.to_owned(), slot, every_ms, latency_us: 0, outcome }
    }
}

/// Number of whole slots in a time.
fn slots_in(time: Duration, slot: Duration) -> u64 {
    (time.as_nanos() / slot.as_nanos().max(1)) as u64
}

/// Slots from the first that was due up to the current one; only the newest if there are more than [`MAX_MISSED`].
fn missed(first: u64, current: u64) -> Range<u64> {
    first.max(current.saturating_sub(MAX_MISSED))..current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_missed_only_when_the_next_one_has_begun() {
        assert_eq!(slots_in(Duration::from_millis(499), TrafficProbe::SLOT), 0);
        assert_eq!(slots_in(Duration::from_millis(500), TrafficProbe::SLOT), 1);
        assert!(missed(5, 5).is_empty());
        assert_eq!(missed(5, 8), 5..8);
    }

    #[test]
    fn slots_are_numbered_without_gaps_and_time_without_workers_is_left_out() {
        let millis = Duration::from_millis;
        let mut slots = SlotClock::new(millis(0));
        slots.restart(millis(3_000), millis(500));
        assert_eq!((slots.due(), slots.take(millis(3_001))), (millis(3_000), (0..0, 0)));
        assert_eq!((slots.due(), slots.take(millis(5_100))), (millis(3_500), (1..4, 4)));
        slots.restart(millis(60_000), millis(2_000));
        assert_eq!((slots.due(), slots.take(millis(60_010))), (millis(60_000), (5..5, 5)));
        assert_eq!((slots.due(), slots.take(millis(66_000))), (millis(62_000), (6..8, 8)));
    }

    #[test]
    fn eight_hours_without_a_slot_give_at_most_two_minutes_of_observations() {
        assert_eq!(missed(10, 57_610), 57_370..57_610);
    }
}
