//! What of a tape could not be played.

use super::budget::TapeCut;

/// The lines of a tape that do not play as they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// Number of skipped lines of a kind that this version does not know.
    pub unknown: u64,
    /// Number of skipped lines that are cut off, too long or not JSON.
    pub broken: u64,
    /// Number of lines whose time is before that of the line before, or after the year 9999. They play at the time of
    /// the line before.
    pub out_of_order: u64,
    /// Number of observations that name a time outside the years 1970 to 9999. They play with the nearest time inside.
    pub out_of_range: u64,
    /// Where the tape was cut because it exceeds a limit; `None` if it was not.
    pub cut: Option<TapeCut>,
}

impl Damage {
    /// Describes the damage in one line; `None` if there is none.
    pub fn sentence(&self) -> Option<String> {
        let parts = [self.damaged_lines(), self.cut.map(|cut| cut.to_string())];
        let sentences: Vec<String> = parts.into_iter().flatten().collect();
        (!sentences.is_empty()).then(|| sentences.join("; "))
    }

    fn damaged_lines(&self) -> Option<String> {
        let parts = [
            (self.unknown, "of an unknown kind (from a newer version?) skipped"),
            (self.broken, "broken, cut off or too long skipped"),
            (self.out_of_order, "with a time out of order played at the time of the line before"),
            (self.out_of_range, "with a fact outside the years 1970 to 9999 moved to the nearest"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (!parts.is_empty()).then(|| format!("damaged lines on the tape: {}", parts.join(", ")))
    }
}
