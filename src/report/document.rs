//! The report of a run, as a value: what the JSON holds and what the Markdown says.

use std::collections::BTreeMap;

use serde::Serialize;

use super::score::ScoreCard;
use crate::{
    observation::{SourceHealth, Time},
    world::{Outage, World},
};

/// Version of the JSON's form, which `assets/schema/report.schema.json` describes.
pub const SCHEMA: u32 = 1;

/// What a world does not know of its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// Name and version of the program that recorded it.
    pub program: String,
    /// kind's name of the cluster.
    pub cluster: String,
    /// `live`, `lab` or `import`.
    pub mode: &'static str,
    /// What of the recording could not be read: one line for a person.
    pub damage: Option<String>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Name and version of the program that recorded it.
    pub program: String,
    /// kind's name of the cluster.
    pub cluster: String,
    /// `live`, `lab` or `import`.
    pub mode: &'static str,
    /// When the run began.
    pub started: Time,
    /// The moment of the report.
    pub until: Time,
    /// What was going on at that moment, in words.
    pub verdict: String,
    /// What of the recording could not be read.
    pub damage: Option<String>,
    /// What journals tell of times before the run: a worker sends the end of its journal first.
    pub before: Vec<EarlierTrouble>,
    /// Every outage of the run, oldest first.
    pub outages: Vec<ScoreCard>,
    /// The operator's marks.
    pub marks: Vec<ReportMark>,
    /// How each source was doing at the moment of the report.
    pub sources: BTreeMap<String, SourceHealth>,
    /// Each worker's journal.
    pub journals: BTreeMap<String, JournalCount>,
}

/// Trouble that was over when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierTrouble {
    /// The first line.
    pub first: Time,
    /// The last line.
    pub last: Time,
    /// Lines about the control plane.
    pub lines: u64,
}

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportMark {
    /// When.
    pub at: Time,
    /// The operator's word for it; may be empty.
    pub word: String,
}

/// Counts of one worker's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JournalCount {
    /// Lines read.
    pub lines: u64,
    /// Lines about the control plane.
    pub control_plane: u64,
    /// Lines dropped because they came too fast.
    pub dropped: u64,
}

impl Report {
    /// The report of a world as it is at `now`.
    pub fn of(world: &World, now: Time, about: &RunInfo) -> Self {
        let RunInfo { program, cluster, mode, damage } = about.clone();
        let (before, outages): (Vec<_>, Vec<_>) =
            world.outages.iter().partition(|outage| outage.ended.is_some_and(|ended| ended < world.started));
        let earlier = |outage: &Outage| EarlierTrouble {
            first: outage.began,
            last: outage.ended.unwrap_or(outage.began),
            lines: outage.lines,
        };
        Self {
            schema: SCHEMA,
            program,
            cluster,
            mode,
            started: world.started,
            until: now,
            verdict: world.headline(now).text,
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
