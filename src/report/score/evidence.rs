//! The raw lines behind a claim, as far as the world still keeps them.

use chrono::Duration;
use serde::Serialize;

use crate::{
    observation::Time,
    output::printable,
    world::{JournalEntry, LaneId, Outage, World},
};

/// Lines shown for one claim.
const SHOWN: usize = 3;

/// Characters of a line that are shown.
const LONGEST: usize = 600;

/// Clocks of host and workers are one and the same; a line may still be stamped just before its cause.
const SLACK: Duration = Duration::seconds(2);

/// A line of a journal, safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceLine {
    /// When it was written, by the journal's clock.
    pub at: Time,
    /// The worker whose kubelet wrote it.
    pub worker: String,
    /// `file.go:line`, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it wrote.
    pub text: String,
}

impl From<&JournalEntry> for EvidenceLine {
    fn from(entry: &JournalEntry) -> Self {
        let text = printable(&entry.message);
        let shown: String = text.chars().take(LONGEST).collect();
        Self {
            at: entry.first,
            worker: printable(&entry.worker).into_owned(),
            source: entry.source.as_ref().map(|source| printable(source).into_owned()),
            text: if shown.len() < text.len() { format!("{shown} …") } else { shown },
        }
    }
}

/// The entries about the control plane that fall into an outage, oldest first.
fn entries<'a>(outage: &'a Outage, world: &'a World) -> impl Iterator<Item = &'a JournalEntry> {
    let from = outage.began - SLACK;
    let to = outage.journal.map(|(_, last)| last).max(outage.ended);
    world
        .journal
        .newest_first()
        .rev()
        .filter(move |entry| entry.control_plane && entry.first >= from && to.is_none_or(|to| entry.first <= to))
}

/// The first lines of a lane, of different workers where there are.
pub(super) fn of_lane(outage: &Outage, world: &World, lane: LaneId) -> Vec<EvidenceLine> {
    let of_lane = |entry: &&JournalEntry| {
        LaneId::of_symptom(entry.symptom) == Some(lane) || LaneId::of_activity(entry.activity) == Some(lane)
    };
    let mut shown: Vec<&JournalEntry> = Vec::new();
    for entry in entries(outage, world).filter(of_lane) {
        if shown.iter().all(|other| other.worker != entry.worker) {
            shown.push(entry);
        }
        if shown.len() == SHOWN {
            break;
        }
    }
    shown.into_iter().map(EvidenceLine::from).collect()
}

/// When all kubelets first fell silent about the control plane for at least `silence`, before it was back.
pub(super) fn first_silence(outage: &Outage, world: &World, silence: Duration) -> Option<Time> {
    let before = outage.steps.container_up;
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
