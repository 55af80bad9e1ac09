//! Reports: of a tape by `blackout report`, and of the run on the screen by key.
//!
//! Connects parts that must not know each other: the report as a value, and the screen that pictures are made of.

mod bundle;
mod cast;
mod error;
mod picture;
mod run_info;
mod scene;

use std::{io::Write, time::Duration};

use self::picture::{dashboard_model, picture};
use super::player::Player;
use crate::{
    observation::Time,
    output,
    report::{self, Report},
    tape::Tape,
    tui::Appearance,
};

pub(super) use self::{
    bundle::{result_sentence, write_bundle},
    scene::{Scene, WorstMoment},
};
pub(super) use crate::report::RunInfo;

pub use self::error::ReportError;

/// Format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Markdown: the score card, the lanes, and every claim with its evidence
    #[value(name = "md")]
    Markdown,
    /// The same as JSON, described by assets/schema/report.schema.json
    Json,
    /// A picture of the dashboard at one moment
    Svg,
    /// The dashboard over the whole run, for asciinema
    Cast,
}

/// Options of a report of a tape.
#[derive(Debug, Clone, Copy)]
pub struct ReportOptions {
    /// Format of the report.
    pub format: ReportFormat,
    /// Position, from the start of the tape. `None` for the default: the end; for a picture the worst moment; for a
    /// cast the start.
    pub at: Option<Duration>,
    /// Columns and rows of the dashboard.
    pub size: (u16, u16),
    /// Theme, symbols and language of the dashboard.
    pub appearance: Appearance,
}

/// Writes the report of a tape to `out`.
///
/// # Errors
/// The output cannot be written.
pub fn write_report(tape: Tape, options: &ReportOptions, mut out: impl Write) -> Result<(), ReportError> {
    let damage = tape.damage.sentence();
    let mut player = Player::forward(tape);
    let position = options.at.map(|at| position(&player, at));
    match options.format {
        ReportFormat::Markdown | ReportFormat::Json => {
            player.seek(position.unwrap_or(player.end()));
            let run = RunInfo { damage, ..RunInfo::of(player.header(), player.end_world()) };
            let report = Report::of(player.world(), player.at(), &run);
            if options.format == ReportFormat::Markdown {
                out.write_all(report::markdown(&report, options.appearance.zone).as_bytes())?;
            } else {
                serde_json::to_writer_pretty(output::json(&mut out), &report)?;
                out.write_all(b"\n")?;
            }
        }
        ReportFormat::Svg => {
            player.seek(position.unwrap_or_else(|| scene::worst_of_longest_outage(player.end_world(), player.end())));
            let model = dashboard_model(&player, options.appearance, options.size);
            out.write_all(picture(player.world(), &model, player.at(), options.size).as_bytes())?;
        }
        ReportFormat::Cast => {
            player.seek(position.unwrap_or(player.start()));
            let model = dashboard_model(&player, options.appearance, options.size);
            cast::write_cast(&mut player, &model, options.size, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// Returns the time of a position; the end of the tape if it lies beyond the end of the calendar.
fn position(player: &Player, at: Duration) -> Time {
    let at = chrono::Duration::from_std(at).ok().and_then(|at| player.start().checked_add_signed(at));
    at.unwrap_or(player.end())
}

#[cfg(test)]
mod tests;
