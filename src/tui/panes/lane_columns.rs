//! Column widths of a lane.

use crate::world::Outage;

/// Width of the name of a lane; longer names get more.
const NAME: usize = 8;

/// Width of a caption, with two blanks before it.
pub(super) const CAPTION: usize = 33;

/// Widths of the counts of each worker (three workers), and of the failures.
const SHARES: [usize; 2] = [44, 16];

/// Width of the longest bar, which the buckets of the histogram can fill.
const LONGEST_BAR: usize = 64;

/// Widths of the parts of a lane. Name and count always have room; then the bar, the times, the caption.
pub(super) struct LaneColumns {
    pub(super) name: usize,
    pub(super) bar: usize,
    pub(super) span: usize,
    pub(super) count: usize,
}

impl LaneColumns {
    pub(super) fn of(columns: usize, outage: Option<&Outage>) -> Self {
        let lit = outage.into_iter().flat_map(|outage| outage.lanes.iter());
        let name = lit.map(|(id, _)| id.name().len() + 1).fold(NAME, usize::max);
        let count = 6;
        let span = if columns >= 54 { 17 } else { 0 };
        let room = columns.saturating_sub(name + span + count);
        // the caption matters more than a long bar
        let caption = match columns {
            0..70 => 0,
            70..125 => CAPTION,
            125..160 => CAPTION + SHARES[0],
            _ => CAPTION + SHARES[0] + SHARES[1],
        };
        let bar = room.saturating_sub(caption).clamp(8.min(room), LONGEST_BAR);
        Self { name, bar, span, count }
    }

    pub(super) fn total(&self) -> usize {
        self.name + self.bar + self.span + self.count
    }
}
