//! Slots of the health checks. Pure.

use std::time::Duration;

/// First slot after `last` that is not over at `now`.
pub(super) fn next(last: Duration, period: Duration, now: Duration) -> Duration {
    let passed = now.saturating_sub(last).as_millis() / period.as_millis();
    last + period * (passed as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_outlasts_its_slot_skips_the_slots_it_took() {
        let ms = Duration::from_millis;
        assert_eq!(next(ms(1000), ms(1000), ms(1020)), ms(2000));
        assert_eq!(next(ms(1000), ms(500), ms(2510)), ms(3000));
        assert_eq!(next(ms(1000), ms(500), ms(900)), ms(1500));
    }
}
