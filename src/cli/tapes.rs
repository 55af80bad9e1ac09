//! The command line of what is done with a tape: recording, `replay` and `report`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::{Language, Theme};

/// How the dashboard looks.
#[derive(Debug, Clone, Args)]
pub struct Looks {
    /// The colours
    #[arg(long, env = "BLACKOUT_THEME", value_enum, default_value_t = Theme::Dark)]
    pub theme: Theme,
    /// The language of the captions
    #[arg(long, env = "BLACKOUT_LANGUAGE", value_enum, default_value_t = Language::En)]
    pub language: Language,
    /// Draw with ASCII only [default: where the locale is not UTF-8]
    #[arg(long, env = "BLACKOUT_ASCII")]
    pub ascii: bool,
}

/// Whether and where a run is recorded.
#[derive(Debug, Clone, Default, Args)]
pub struct Recording {
    /// Write no tape of the run
    #[arg(long, env = "BLACKOUT_NO_RECORD")]
    pub no_record: bool,
    /// Write the tape of the run into this file [default: the state folder, which keeps the newest 20]
    #[arg(long, env = "BLACKOUT_RECORD", value_name = "FILE", conflicts_with = "no_record")]
    pub record: Option<PathBuf>,
    /// Replace the file of --record if it exists
    #[arg(long)]
    pub force: bool,
}

/// How to replay a tape.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// A file (.jsonl or .jsonl.zst), `-` for standard input, or a built-in tape; nothing lists those that are known
    pub tape: Option<String>,
    /// How fast, where 1 is as it was
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Where to begin: 90, 1:30 or 1m30s since the start of the tape
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = moment)]
    pub at: Duration,
    /// Print each change of the story as a line of JSON instead of drawing
    #[arg(long)]
    pub headless: bool,
    /// How it looks.
    #[command(flatten)]
    pub looks: Looks,
    /// Scroll with the mouse; takes the terminal's text selection away
    #[arg(long, env = "BLACKOUT_MOUSE")]
    pub mouse: bool,
}

/// How to report a tape.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// A file (.jsonl or .jsonl.zst), `-` for standard input, or a built-in tape
    pub tape: String,
    /// The form
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    pub format: ReportFormat,
    /// The moment: 90, 1:30 or 1m30s since the start of the tape [default: the end; svg: shortly before the control
    /// plane is brought back; cast: the start]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Duration>,
    /// Columns and rows of the dashboard, for svg and cast
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "160x48", value_parser = size)]
    pub size: (u16, u16),
    /// Write into this new file [default: `-`, standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file of --output if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// How it looks.
    #[command(flatten)]
    pub looks: Looks,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Markdown: the score card, the ladder, and every claim with its evidence
    Md,
    /// JSON, as assets/schema/report.schema.json describes it
    Json,
    /// A picture of the dashboard at one moment
    Svg,
    /// The whole run for asciinema
    Cast,
}

pub(crate) fn speed(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('x').parse::<f64>() {
        Ok(speed) if (0.125..=64.0).contains(&speed) => Ok(speed),
        Ok(_) => Err("must be from 0.125 to 64".to_owned()),
        Err(_no_number) => Err("write it like 4 or 0.5".to_owned()),
    }
}

/// `90`, `1:30`, `1:01:30.5` or `1m30s`.
pub(crate) fn moment(text: &str) -> Result<Duration, String> {
    let wrong = || "write it like 90, 1:30, 1:01:30 or 1m30s".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let plain = |part: &str| part.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let seconds = match *parts.as_slice() {
        [only] => match plain(only) {
            Some(seconds) => seconds,
            None => return humantime::parse_duration(only).map_err(|_unclear| wrong()),
        },
        [minutes, seconds] => plain(minutes).zip(plain(seconds)).map(|(m, s)| m * 60.0 + s).ok_or_else(wrong)?,
        [hours, minutes, seconds] => {
            let rest = plain(minutes).zip(plain(seconds)).map(|(m, s)| m * 60.0 + s).ok_or_else(wrong)?;
            plain(hours).ok_or_else(wrong)? * 3_600.0 + rest
        }
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_too_long| wrong())
}

/// `160x48`.
pub(crate) fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once(['x', 'X']).and_then(|(columns, rows)| {
        let (columns, rows) = (columns.trim().parse().ok()?, rows.trim().parse().ok()?);
        ((24..=1_000).contains(&columns) && (6..=500).contains(&rows)).then_some((columns, rows))
    });
    parsed.ok_or_else(|| "write it like 160x48, from 24x6 to 1000x500".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_a_person_would() {
        for (text, seconds) in [("0", 0.0), ("90", 90.0), ("1:30", 90.0), ("1:01:30.5", 3_690.5), ("1m30s", 90.0)] {
            assert_eq!(moment(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for wrong in ["", "-3", "1:2:3:4", "soon", "1:x", "1e400", "nan", ":", "inf"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_size_has_two_sides() {
        assert_eq!(size("160x48"), Ok((160, 48)));
        for wrong in ["160", "160x", "1x1", "99999x10", "axb"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
