//! The report of a run as a value: all that its JSON holds and its Markdown shows.
//!
//! Field names are part of the JSON, which `assets/schema/report.schema.json` describes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::score::ScoreCard;
use crate::{
    observation::{SourceHealth, Time},
    world::{Outage, World},
};

/// Version of the JSON schema.
pub const SCHEMA: u32 = 1;

/// Facts about a run that its world does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// Name and version of the program that recorded it.
    pub program: String,
    /// Name of the kind cluster.
    pub cluster: String,
    /// `live`, `lab` or `import`.
    pub mode: &'static str,
    /// The part of the recording that could not be read, as a line for a person. `None` if all was read.
    pub damage: Option<String>,
}

/// The report of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of the form: [`SCHEMA`].
    pub schema: u32,
    /// Name and version of the program that recorded it.
    pub program: String,
    /// Name of the kind cluster.
    pub cluster: String,
    /// `live`, `lab` or `import`.
    pub mode: &'static str,
    /// Beginning of the run.
    pub started: Time,
    /// The moment of the report.
    pub until: Time,
    /// Headline at that moment.
    #[serde(rename = "verdict")]
    pub headline: String,
    /// The part of the recording that could not be read. `None` if all was read.
    pub damage: Option<String>,
    /// Trouble in the journals before the run: a worker sends the end of its journal first.
    pub before: Vec<EarlierTrouble>,
    /// Every outage of the run, oldest first.
    pub outages: Vec<ScoreCard>,
    /// The operator's marks, oldest first.
    pub marks: Vec<ReportMark>,
    /// Health of each source at the moment of the report.
    pub sources: BTreeMap<String, SourceHealth>,
    /// Counts of each journal, by worker.
    pub journals: BTreeMap<String, JournalCount>,
}

/// Trouble that was over when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierTrouble {
    /// Time of the first line.
    pub first: Time,
    /// Time of the last line.
    pub last: Time,
    /// Number of lines about the control plane.
    pub lines: u64,
}

/// A moment that the operator marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportMark {
    /// Time of the mark.
    pub at: Time,
    /// The operator's word for it; may be empty.
    pub word: String,
}

/// Counts of one worker's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JournalCount {
    /// Number of lines read.
    pub lines: u64,
    /// Number of lines about the control plane.
    pub control_plane: u64,
    /// Number of lines dropped because they arrived faster than they could be folded.
    pub dropped: u64,
}

impl Report {
    /// The report of a world at `now`.
    pub fn of(world: &World, now: Time, about: &RunInfo) -> Self {
        let RunInfo { program, cluster, mode, damage } = about.clone();
        let (before, outages): (Vec<_>, Vec<_>) =
            world.outages.iter().partition(|outage| outage.ended().is_some_and(|ended| ended < world.started));
        let earlier = |outage: &Outage| EarlierTrouble {
            first: outage.began,
            last: outage.ended().unwrap_or(outage.began),
            lines: outage.lines,
        };
        Self {
            schema: SCHEMA,
            program,
            cluster,
            mode,
            started: world.started,
            until: now,
            headline: world.headline(now).text,
            damage,
            before: before.into_iter().map(earlier).collect(),
            outages: outages.into_iter().map(|outage| ScoreCard::of(outage, world, now)).collect(),
            marks: world.marks.iter().map(|mark| ReportMark { at: mark.at, word: mark.word.clone() }).collect(),
            sources: world.sources.iter().map(|(id, source)| (id.to_string(), source.health.clone())).collect(),
            journals: world
                .journal
                .workers()
                .map(|(name, counts)| {
                    let count = JournalCount {
                        lines: counts.lines,
                        control_plane: counts.control_plane,
                        dropped: counts.dropped,
                    };
                    (name.to_owned(), count)
                })
                .collect(),
        }
    }
}
