//! A row of small bars: one column for each slot of a clock, the newest to the right. A failure and a slot without a
//! probe stand out by their symbol; a gap is never drawn as if nothing had happened.

use ratatui::text::{Line, Span};

use super::{look::Look, theme::Tint};
use crate::{
    observation::{Time, TrafficOutcome},
    world::{ReadyzSample, TrafficSlot},
};

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// An answer, after this long.
    Answer(u64),
    /// A failure.
    Failed,
    /// Nobody asked.
    Missed,
}

/// A row of the newest cells that fit, at the right end of `columns`.
pub(crate) fn line(look: &Look, cells: &[Cell], columns: usize) -> Line<'static> {
    tall(look, cells, columns, 1).pop().unwrap_or_default()
}

/// The newest cells that fit, at the right end of `columns`, as bars over several rows, the top one first. A failure
/// and a slot without a probe fill their column: they are what has to be seen.
pub(crate) fn tall(look: &Look, cells: &[Cell], columns: usize, rows: usize) -> Vec<Line<'static>> {
    let shown = &cells[cells.len().saturating_sub(columns)..];
    let scale = scale(shown);
    (0..rows).rev().map(|row| one_row(look, shown, columns, scale, row, rows)).collect()
}

/// One row of bars; row 0 is the lowest of `rows`.
fn one_row(look: &Look, shown: &[Cell], columns: usize, scale: u64, row: usize, rows: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ".repeat(columns - shown.len()))];
    let mut run: Option<(Tint, String)> = None;
    for cell in shown {
        let (tint, symbol) = match cell {
            Cell::Answer(us) => {
                // eighths of a row; the lowest row always shows that there was an answer
                let level = (us.saturating_mul(8 * rows as u64) / scale) as usize;
                match level.saturating_sub(row * 8) {
                    0 if row > 0 => (Tint::Good, " "),
                    eighths => (Tint::Good, look.glyphs.spark[eighths.min(7)]),
                }
            }
            Cell::Failed => (Tint::Bad, look.glyphs.failed),
            Cell::Missed => (Tint::Unknown, look.glyphs.missed),
        };
        match &mut run {
            Some((same, text)) if *same == tint => text.push_str(symbol),
            _ => {
                spans.extend(run.take().map(|(tint, text)| look.span(tint, text)));
                run = Some((tint, symbol.to_owned()));
            }
        }
    }
    spans.extend(run.map(|(tint, text)| look.span(tint, text)));
    Line::from(spans)
}

/// The latency that fills a column: some times the median, so that one slow answer does not flatten the rest.
fn scale(cells: &[Cell]) -> u64 {
    let mut answers: Vec<u64> = cells
        .iter()
        .filter_map(|cell| match cell {
            Cell::Answer(us) => Some(*us),
            Cell::Failed | Cell::Missed => None,
        })
        .collect();
    answers.sort_unstable();
    answers.get(answers.len() / 2).map_or(1, |median| median.saturating_mul(4).max(1))
}

/// The slots of a worker's clock up to `now`.
pub(crate) fn traffic<'a>(slots: impl Iterator<Item = &'a TrafficSlot>, now: Time) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut last: Option<&TrafficSlot> = None;
    for slot in slots {
        let gap = last.map_or(0, |last| slot.slot.saturating_sub(last.slot).saturating_sub(1));
        cells.extend(std::iter::repeat_n(Cell::Missed, (gap as usize).min(crate::world::workload::SLOTS_KEPT)));
        cells.push(match slot.outcome {
            TrafficOutcome::Missed => Cell::Missed,
            _ if slot.answered() => Cell::Answer(slot.latency_us),
            _ => Cell::Failed,
        });
        last = Some(slot);
    }
    let every = last.map_or(1, |slot| i64::from(slot.every_ms).max(1));
    silence(&mut cells, last.map(|slot| slot.at), now, every);
    cells
}

/// The seconds of `/readyz` up to `now`.
pub(crate) fn health<'a>(samples: impl Iterator<Item = &'a ReadyzSample>, now: Time) -> Vec<Cell> {
    let mut last = None;
    let mut cells: Vec<Cell> = samples
        .map(|sample| {
            last = Some(sample.at);
            if sample.ok { Cell::Answer(sample.latency_us) } else { Cell::Failed }
        })
        .collect();
    silence(&mut cells, last, now, 1_000);
    cells
}

/// Adds the slots that have passed in silence, but for the few that may still be on their way.
fn silence(cells: &mut Vec<Cell>, last: Option<Time>, now: Time, slot_ms: i64) {
    const ON_THEIR_WAY_MS: i64 = 2_500;
    let silent = last.map_or(0, |last| (now - last).num_milliseconds() - ON_THEIR_WAY_MS);
    let missed = usize::try_from(silent / slot_ms).unwrap_or(0).min(crate::world::workload::SLOTS_KEPT);
    cells.extend(std::iter::repeat_n(Cell::Missed, missed));
}
