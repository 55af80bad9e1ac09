//! Durations and counts as text, in the one form that the dashboard, the reports and `analyze` share.
//!
//! Pure functions without a unit of their own: JSON gets [`seconds`], people get [`duration`] and [`count`].

use chrono::Duration;

/// A duration for a person, in two units at most: `42 s`, `1m58s`, `2h05m`, `3d4h`. Fractions of a second are cut off;
/// a negative duration is `0 s`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A duration in seconds, to the millisecond, for JSON.
#[must_use]
pub fn seconds(duration: Duration) -> f64 {
    duration.num_milliseconds() as f64 / 1_000.0
}

/// A count with its noun, whose plural ends in `s`: `1 line`, `2 lines`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// A noun in the number that `number` asks for; its plural ends in `s`.
#[must_use]
pub fn plural(number: u64, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_units_at_most() {
        let cases = [
            (-1, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1m00s"),
            (118, "1m58s"),
            (3_600, "1h00m"),
            (7_530, "2h05m"),
            (86_400, "1d0h"),
            (273_600, "3d4h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(Duration::seconds(seconds)), expected, "{seconds} s");
        }
    }

    #[test]
    fn one_is_singular_and_none_is_plural() {
        assert_eq!([0, 1, 2].map(|n| count(n, "line")), ["0 lines", "1 line", "2 lines"]);
    }
}
