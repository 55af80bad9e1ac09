//! Sparklines: one column for each probe, the newest on the right. Failures and missed slots have symbols of their own,
//! and a gap in time is drawn as missed slots.

use ratatui::text::{Line, Span};

use crate::{
    observation::{Time, TrafficOutcome},
    tui::draw::{draw_context::DrawContext, theme::StyleRole},
    world::{ReadyzSample, TrafficSlot},
};

/// Outcome of one probe, drawn as one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeCell {
    /// Answered after this many microseconds.
    Answer(u64),
    /// Failed, or answered with an error status.
    Failed,
    /// No probe was sent in this slot.
    Missed,
}

/// The newest cells that fit, as one row of `columns`, right-aligned.
pub(crate) fn row(ctx: &DrawContext, cells: &[ProbeCell], columns: usize) -> Line<'static> {
    chart(ctx, cells, columns, 1).pop().unwrap_or_default()
}

/// The newest cells that fit, as bars over several rows of `columns`, right-aligned, the top row first. Failures and
/// missed slots fill their column.
pub(crate) fn chart(ctx: &DrawContext, cells: &[ProbeCell], columns: usize, rows: usize) -> Vec<Line<'static>> {
    let shown = &cells[cells.len().saturating_sub(columns)..];
    let full_scale = full_scale(shown);
    (0..rows).rev().map(|row| one_row(ctx, shown, columns, full_scale, row, rows)).collect()
}

/// One row of bars; row 0 is the lowest of `rows`.
fn one_row(
    ctx: &DrawContext,
    shown: &[ProbeCell],
    columns: usize,
    full_scale: u64,
    row: usize,
    rows: usize,
) -> Line<'static> {
    let mut spans = vec![Span::raw(" ".repeat(columns - shown.len()))];
    let mut run: Option<(StyleRole, String)> = None;
    for cell in shown {
        let (role, symbol) = match cell {
            ProbeCell::Answer(us) => {
                // the level is in eighths of a row; the lowest row is never blank
                let level = (us.saturating_mul(8 * rows as u64) / full_scale) as usize;
                match level.saturating_sub(row * 8) {
                    0 if row > 0 => (StyleRole::Good, " "),
                    eighths => (StyleRole::Good, ctx.glyphs.sparkline[eighths.min(7)]),
                }
            }
            ProbeCell::Failed => (StyleRole::Bad, ctx.glyphs.failed),
            ProbeCell::Missed => (StyleRole::Unknown, ctx.glyphs.missed),
        };
        match &mut run {
            Some((same, text)) if *same == role => text.push_str(symbol),
            _ => {
                spans.extend(run.take().map(|(role, text)| ctx.span(role, text)));
                run = Some((role, symbol.to_owned()));
            }
        }
    }
    spans.extend(run.map(|(role, text)| ctx.span(role, text)));
    Line::from(spans)
}

/// The latency in microseconds that fills a column: four times the median, so that one slow answer does not flatten
/// the rest.
fn full_scale(cells: &[ProbeCell]) -> u64 {
    let mut answers: Vec<u64> = cells
        .iter()
        .filter_map(|cell| match cell {
            ProbeCell::Answer(us) => Some(*us),
            ProbeCell::Failed | ProbeCell::Missed => None,
        })
        .collect();
    answers.sort_unstable();
    answers.get(answers.len() / 2).map_or(1, |median| median.saturating_mul(4).max(1))
}

/// Cells of the requests to one worker up to `now`.
pub(crate) fn traffic_cells<'a>(slots: impl Iterator<Item = &'a TrafficSlot>, now: Time) -> Vec<ProbeCell> {
    let mut cells = Vec::new();
    let mut last: Option<&TrafficSlot> = None;
    for slot in slots {
        let gap = last.map_or(0, |last| slot.slot.saturating_sub(last.slot).saturating_sub(1));
        cells.extend(std::iter::repeat_n(ProbeCell::Missed, (gap as usize).min(crate::world::workload::SLOTS_KEPT)));
        cells.push(match slot.outcome {
            TrafficOutcome::Missed => ProbeCell::Missed,
            _ if slot.answered() => ProbeCell::Answer(slot.latency_us),
            _ => ProbeCell::Failed,
        });
        last = Some(slot);
    }
    let every = last.map_or(1, |slot| i64::from(slot.every_ms).max(1));
    append_silence(&mut cells, last.map(|slot| slot.at), now, every);
    cells
}

/// Cells of the checks of `/readyz` up to `now`.
pub(crate) fn health_cells<'a>(samples: impl Iterator<Item = &'a ReadyzSample>, now: Time) -> Vec<ProbeCell> {
    let mut last = None;
    let mut cells: Vec<ProbeCell> = samples
        .map(|sample| {
            last = Some(sample.at);
            if sample.ok { ProbeCell::Answer(sample.latency_us) } else { ProbeCell::Failed }
        })
        .collect();
    append_silence(&mut cells, last, now, 1_000);
    cells
}

/// Adds a missed cell for each slot without a result since `last`, except those whose result may still arrive.
fn append_silence(cells: &mut Vec<ProbeCell>, last: Option<Time>, now: Time, slot_ms: i64) {
    // longer than the time-out of a probe, 2 s
    const RESULT_WITHIN_MS: i64 = 2_500;
    let silent = last.map_or(0, |last| (now - last).num_milliseconds() - RESULT_WITHIN_MS);
    let missed = usize::try_from(silent / slot_ms).unwrap_or(0).min(crate::world::workload::SLOTS_KEPT);
    cells.extend(std::iter::repeat_n(ProbeCell::Missed, missed));
}
