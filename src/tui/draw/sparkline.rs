//! A row of small bars: one column for each slot of a clock, the newest to the right. A failure and a slot without a
//! probe stand out by their symbol; a gap is never drawn as if nothing had happened.

use ratatui::text::{Line, Span};

use crate::{
    observation::{Time, TrafficOutcome},
    tui::draw::{draw_context::DrawContext, theme::StyleRole},
    world::{ReadyzSample, TrafficSlot},
};

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeCell {
    /// An answer, after this long.
    Answer(u64),
    /// A failure.
    Failed,
    /// Nobody asked.
    Missed,
}

/// A row of the newest cells that fit, at the right end of `columns`.
pub(crate) fn row(ctx: &DrawContext, cells: &[ProbeCell], columns: usize) -> Line<'static> {
    chart(ctx, cells, columns, 1).pop().unwrap_or_default()
}

/// The newest cells that fit, at the right end of `columns`, as bars over several rows, the top one first. A failure
/// and a slot without a probe fill their column: they are what has to be seen.
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
                // eighths of a row; the lowest row always shows that there was an answer
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

/// The latency that fills a column: some times the median, so that one slow answer does not flatten the rest.
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

/// The slots of a worker's clock up to `now`.
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

/// The seconds of `/readyz` up to `now`.
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

/// Adds the slots that have passed in silence, but for the few that may still be on their way.
fn append_silence(cells: &mut Vec<ProbeCell>, last: Option<Time>, now: Time, slot_ms: i64) {
    const ON_THEIR_WAY_MS: i64 = 2_500;
    let silent = last.map_or(0, |last| (now - last).num_milliseconds() - ON_THEIR_WAY_MS);
    let missed = usize::try_from(silent / slot_ms).unwrap_or(0).min(crate::world::workload::SLOTS_KEPT);
    cells.extend(std::iter::repeat_n(ProbeCell::Missed, missed));
}
