//! Makes a tape of journals, so that an incident can be replayed as it unfolded.

use std::io::{self, Write};

use super::{
    budget::TapeBudget,
    damage::Damage,
    header::{TapeHeader, TapeMode},
    in_memory::Tape,
    line::{write_json, write_observation},
};
use crate::observation::{JournalLine, Observation, Stamped, Time};

impl Tape {
    /// Makes a tape of journal lines, each with the time at which it was written; `None` if there are no lines. Lines
    /// beyond the limits of a tape are left out, so that a tape that was written can be read back in full.
    pub fn import(cluster: &str, lines: impl IntoIterator<Item = (Time, JournalLine)>) -> Option<Self> {
        let mut stamped: Vec<Stamped> =
            lines.into_iter().map(|(at, line)| Stamped { at, observation: Observation::Journal(line) }).collect();
        // a stable sort keeps lines of the same time in the order of their journal
        stamped.sort_by_key(|stamped| stamped.at);
        let started = stamped.first()?.at;
        let mut budget = TapeBudget::default();
        let exceeded =
            stamped.iter().enumerate().find_map(|(index, one)| Some((index, budget.add(&one.observation).err()?)));
        let header = TapeHeader::new(started, cluster, TapeMode::Import);
        let mut tape = Self { header, stamped, damage: Damage::default() };
        if let Some((index, limit)) = exceeded {
            tape.stamped.truncate(index);
            // counted from 1, after the header
            tape.cut(index as u64 + 2, limit);
        }
        Some(tape)
    }

    /// Writes the tape in the format that [`Tape::read`] reads.
    ///
    /// # Errors
    ///
    /// If `out` can't be written.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        write_json(&mut out, &self.header)?;
        for Stamped { at, observation } in &self.stamped {
            write_observation(&mut out, self.header.started, *at, observation)?;
        }
        out.flush()
    }
}
