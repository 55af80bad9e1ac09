//! The raw journal lines behind a claim, as far as the world still keeps them.

use chrono::Duration;
use serde::Serialize;

use crate::{
    observation::Time,
    output::printable,
    world::{JournalEntry, LaneId, Outage, World},
};

/// Number of lines for one claim.
const LINES: usize = 3;

/// Characters of a line; the rest is cut off.
const LONGEST_LINE: usize = 600;

/// Time by which a line may be stamped before its cause, as in `world/outage/timing.rs`.
const SLACK: Duration = Duration::seconds(2);

/// A journal line with invisible and control characters made visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceLine {
    /// Time at which it was written, by the journal's clock.
    pub at: Time,
    /// The worker whose kubelet wrote it.
    pub worker: String,
    /// `file.go:line` of the log call. `None` if the line does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Message of the line, up to 600 characters.
    pub text: String,
}

impl From<&JournalEntry> for EvidenceLine {
    fn from(entry: &JournalEntry) -> Self {
        let text = printable(&entry.message);
        let shown: String = text.chars().take(LONGEST_LINE).collect();
        Self {
            at: entry.first,
            worker: printable(&entry.worker).into_owned(),
            source: entry.source.as_ref().map(|source| printable(source).into_owned()),
            text: if shown.len() < text.len() { format!("{shown} …") } else { shown },
        }
    }
}

/// The entries about the control plane that fall into `outage`, oldest first.
fn entries<'a>(outage: &'a Outage, world: &'a World) -> impl Iterator<Item = &'a JournalEntry> {
    let from = outage.began - SLACK;
    let to = outage.journal.map(|(_, last)| last).max(outage.ended());
    world
        .journal
        .newest_first()
        .rev()
        .filter(move |entry| entry.control_plane && entry.first >= from && to.is_none_or(|to| entry.first <= to))
}

/// The first lines of a lane, one for each worker.
pub(super) fn of_lane(outage: &Outage, world: &World, lane: LaneId) -> Vec<EvidenceLine> {
    let of_lane = |entry: &&JournalEntry| {
        LaneId::of_symptom(entry.symptom) == Some(lane) || LaneId::of_activity(entry.activity) == Some(lane)
    };
    let mut lines: Vec<&JournalEntry> = Vec::new();
    for entry in entries(outage, world).filter(of_lane) {
        if lines.iter().all(|other| other.worker != entry.worker) {
            lines.push(entry);
        }
        if lines.len() == LINES {
            break;
        }
    }
    lines.into_iter().map(EvidenceLine::from).collect()
}

/// Time of the last line before the first silence of all kubelets that is at least `silence` long. `None` if there was
/// none before the container was up again.
pub(super) fn first_silence(outage: &Outage, world: &World, silence: Duration) -> Option<Time> {
    let before = outage.steps().container_up;
    let mut newest: Option<Time> = None;
    for entry in entries(outage, world) {
        if before.is_some_and(|up| entry.first > up) {
            return None;
        }
        if let Some(newest) = newest.filter(|newest| entry.first - *newest >= silence) {
            return Some(newest);
        }
        newest = newest.max(Some(entry.last));
    }
    None
}
