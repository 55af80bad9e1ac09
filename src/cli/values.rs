//! Parsers of argument values. An error message shows the accepted form.

use std::time::Duration;

/// Parses the lab's speed, 0.1 to 1000.
pub(crate) fn lab_speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (0.1..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("must be a number from 0.1 to 1000, such as 4".to_owned()),
    }
}

/// Parses a playback speed, 0.125 to 64, with or without a trailing `x`.
pub(crate) fn replay_speed(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('x').parse::<f64>() {
        Ok(speed) if (0.125..=64.0).contains(&speed) => Ok(speed),
        Ok(_) => Err("must be from 0.125 to 64".to_owned()),
        Err(_not_a_number) => Err("must be a number, such as 4 or 0.5".to_owned()),
    }
}

/// Parses a duration longer than zero, such as `90s`, `10m` or `1h30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("must be longer than 0s".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; the form is 90s, 10m or 1h30m")),
    }
}

/// Parses the time of `--restore-after`. The error of a zero names the flag that turns the timer off.
pub(crate) fn restore_after(text: &str) -> Result<Duration, String> {
    let zero = humantime::parse_duration(text).is_ok_and(|duration| duration.is_zero());
    if zero { Err("must be longer than 0s; `--leave` turns it off".to_owned()) } else { duration(text) }
}

/// Parses a position on a tape, from its start: `90`, `1:30`, `1:01:30.5` or `1m30s`.
pub(crate) fn tape_position(text: &str) -> Result<Duration, String> {
    let wrong = || "the form is 90, 1:30, 1:01:30 or 1m30s".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| part.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let minutes_seconds = |minutes, seconds| Some(number(minutes)? * 60.0 + number(seconds)?);
    let seconds = match *parts.as_slice() {
        [only] => match number(only) {
            Some(seconds) => seconds,
            None => return humantime::parse_duration(only).map_err(|_unclear| wrong()),
        },
        [minutes, seconds] => minutes_seconds(minutes, seconds).ok_or_else(wrong)?,
        [hours, minutes, seconds] => {
            let rest = minutes_seconds(minutes, seconds).ok_or_else(wrong)?;
            number(hours).ok_or_else(wrong)? * 3_600.0 + rest
        }
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_too_long| wrong())
}

/// Parses columns and rows, such as `160x48`.
pub(crate) fn terminal_size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once(['x', 'X']).and_then(|(columns, rows)| {
        let (columns, rows) = (columns.trim().parse().ok()?, rows.trim().parse().ok()?);
        ((24..=1_000).contains(&columns) && (6..=500).contains(&rows)).then_some((columns, rows))
    });
    parsed.ok_or_else(|| "the form is 160x48, from 24x6 to 1000x500".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_position_accepts_seconds_colons_and_units() {
        for (text, seconds) in [("0", 0.0), ("90", 90.0), ("1:30", 90.0), ("1:01:30.5", 3_690.5), ("1m30s", 90.0)] {
            assert_eq!(tape_position(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for wrong in ["", "-3", "1:2:3:4", "soon", "1:x", "1e400", "nan", ":", "inf"] {
            assert!(tape_position(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_terminal_size_is_columns_times_rows_within_limits() {
        assert_eq!(terminal_size("160x48"), Ok((160, 48)));
        for wrong in ["160", "160x", "1x1", "99999x10", "axb"] {
            assert!(terminal_size(wrong).is_err(), "{wrong}");
        }
    }
}
