//! Durations as Go prints them.

use std::time::Duration;

/// Formats a duration as Go's `time.Duration.String`, to the millisecond: `200ms`, `1.6s`, `7s`, `7m41s`, `1h0m0s`.
pub(super) fn go_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{}ms", duration.as_millis());
    }
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs_f64() % 60.0);
    let seconds = format!("{}s", (seconds * 1000.0).round() / 1000.0);
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
        let texts =
            [200, 1600, 3200, 7000, 461_000, 3_600_000].map(|millis| go_duration(Duration::from_millis(millis)));
        assert_eq!(texts, ["200ms", "1.6s", "3.2s", "7s", "7m41s", "1h0m0s"]);
    }
}
