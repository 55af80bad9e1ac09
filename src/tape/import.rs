//! Makes a tape of journals, so that an incident can be watched as it unfolded.

use std::io::{self, Write};

use super::{Header, Mode, Tape, Written, budget::Budget, read::Damage};
use crate::{
    observation::{JournalLine, Observation, Stamped, Time},
    output,
};

impl Tape {
    /// Makes a tape of journal lines, each at the time at which it was written; `None` without lines. What goes beyond the
    /// limits of a tape is left out, so that a tape that was written is read back whole.
    pub fn import(cluster: &str, lines: impl IntoIterator<Item = (Time, JournalLine)>) -> Option<Self> {
        let mut stamped: Vec<Stamped> =
            lines.into_iter().map(|(at, line)| Stamped { at, observation: Observation::Journal(line) }).collect();
        // stable: lines of one moment keep the order of their journal
        stamped.sort_by_key(|stamped| stamped.at);
        let started = stamped.first()?.at;
        let mut tape = Self {
            header: Header::new(started, cluster, Mode::Import),
            stamped: Vec::new(),
            damage: Damage::default(),
        };
        let mut budget = Budget::default();
        let over =
            stamped.iter().enumerate().find_map(|(index, one)| Some((index, budget.take(&one.observation).err()?)));
        tape.stamped = stamped;
        if let Some((index, limit)) = over {
            tape.stamped.truncate(index);
            // the header is line 1
            tape.cut(index as u64 + 2, limit);
        }
        Some(tape)
    }

    /// Writes it in the format that [`Tape::read`] reads.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(output::json(&mut out), &self.header)?;
        out.write_all(b"\n")?;
        for Stamped { at, observation } in &self.stamped {
            let t = (*at - self.header.started).num_milliseconds();
            serde_json::to_writer(output::json(&mut out), &Written { t, o: observation })?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }
}
