//! The dashboard over a whole tape, as an asciinema cast.

use std::io::{self, Write};

use chrono::Duration;

use super::picture::frame;
use crate::{
    observation::Time,
    report::{self, Cast},
    session::player::Player,
    tui::Model,
};

/// Shortest time between two frames: ten frames a second.
const FRAME_INTERVAL: Duration = Duration::milliseconds(100);

/// Time between two frames without an observation: the ages on the screen are in seconds.
const TICK: Duration = Duration::seconds(1);

/// Longest part of a time without observations that is drawn. A live run has two observations a second; the journal of
/// an incident may have none for months.
const MAX_SILENCE: Duration = Duration::seconds(report::IDLE_LIMIT_S);

/// Writes the frames from the playhead to the end of the tape: one for each observation, on a grid of
/// [`FRAME_INTERVAL`], and without observations one for each [`TICK`], up to [`MAX_SILENCE`]. The rest of a silence is
/// one step.
///
/// # Errors
/// The output cannot be written.
pub(super) fn write_cast(player: &mut Player, model: &Model, size: (u16, u16), out: &mut impl Write) -> io::Result<()> {
    let title = format!("blackout: {}", player.header().cluster);
    let begin = player.at();
    let mut cast = Cast::begin(out, size, begin, &title)?;
    let seconds = |at: Time| (at - begin).num_milliseconds() as f64 / 1_000.0;
    cast.frame(0.0, &frame(player.world(), model, begin, size))?;
    let mut last_observation = begin;
    while !player.at_end() {
        let next = player.next_observation_at().unwrap_or(player.end());
        let next = round_up_to_grid(next, begin).max(player.at() + FRAME_INTERVAL);
        let tick = player.at() + TICK;
        let silent = tick < next && tick - last_observation <= MAX_SILENCE;
        let folded = player.seek(if silent { tick } else { next });
        if folded > 0 {
            last_observation = player.at();
        }
        cast.frame(seconds(player.at()), &frame(player.world(), model, player.at(), size))?;
    }
    cast.end(seconds(player.end()))
}

/// Rounds `at` up to a multiple of [`FRAME_INTERVAL`] after `begin`.
fn round_up_to_grid(at: Time, begin: Time) -> Time {
    let interval = FRAME_INTERVAL.num_milliseconds();
    let intervals = ((at - begin).num_milliseconds() + interval - 1) / interval;
    begin + Duration::milliseconds(intervals * interval)
}
