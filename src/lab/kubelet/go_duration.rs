//! Durations as Go prints them.

use std::time::Duration;

/// Formats a duration as Go's `time.Duration.String` does, rounded to the millisecond: `0s`, `200ms`, `1.6s`, `7s`,
/// `7m41s`, `1h0m0s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let millis = (duration.as_secs_f64() * 1_000.0).round() as u64;
    if (1..1_000).contains(&millis) {
        return format!("{millis}ms");
    }
    let (minutes, seconds) = (millis / 60_000, millis % 60_000);
    let seconds = format!("{}s", seconds as f64 / 1_000.0);
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_as_go_formats_them() {
        let micros = [0, 200_000, 1_600_000, 7_000_000, 59_999_600, 461_000_000, 3_600_000_000];
        let texts = micros.map(|micros| go_duration(Duration::from_micros(micros)));
        assert_eq!(texts, ["0s", "200ms", "1.6s", "7s", "1m0s", "7m41s", "1h0m0s"]);
    }
}
