//! The answer in one object: `--format json`, as in design.md section 6 and in `assets/schema/analyze.json`.
//!
//! Times are naive and local, as the lines have them.

use std::{collections::BTreeMap, io, sync::Arc};

use serde::{Serialize, Serializer};

use super::story::{Story, Told, gaps};
use crate::{
    kubelet::Activity,
    observation::{Deed, Time},
    output,
    world::{LaneId, LaneSpan, Outage},
};

/// A time as every line of the formats has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamped(pub(super) chrono::NaiveDateTime);

impl Serialize for Stamped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S%.6f"))
    }
}

#[derive(Debug, Serialize)]
struct Whole<'a> {
    schema: u32,
    lines: u64,
    control_plane_lines: u64,
    failures: u64,
    first: Option<Stamped>,
    last: Option<Stamped>,
    signature: Guess,
    lanes: BTreeMap<LaneId, LaneSum>,
    workers: BTreeMap<&'a str, Worker<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outages: Vec<Whole<'a>>,
}

#[derive(Debug, Serialize)]
struct Guess {
    fault: Option<Deed>,
    confidence: f64,
}

#[derive(Debug, Serialize)]
struct LaneSum {
    first: Stamped,
    last: Stamped,
    lines: u64,
    failures: u64,
}

#[derive(Debug, Default, Serialize)]
struct Worker<'a> {
    lanes: BTreeMap<LaneId, LaneSum>,
    retries: Vec<Retry<'a>>,
}

#[derive(Debug, Serialize)]
struct Retry<'a> {
    activity: Activity,
    resource: Option<&'a str>,
    tries: u64,
    gaps_s: Vec<f64>,
}

/// Writes the answer.
pub(super) fn write(story: &Story, out: &mut dyn io::Write) -> io::Result<()> {
    let sum = story.sum();
    let (cause, confidence) = story.cause();
    let mut whole = Whole::of(story, sum.as_ref());
    whole.lines = story.lines;
    whole.control_plane_lines = story.control_plane;
    whole.failures = story.failures;
    whole.signature = Guess { fault: cause.fault(), confidence };
    for worker in story.workers.keys() {
        whole.workers.entry(worker).or_default();
    }
    if story.outages.len() > 1 {
        whole.outages = story.outages.iter().map(|told| Whole::of_one(story, told)).collect();
    }
    serde_json::to_writer(output::json(&mut *out), &whole)?;
    out.write_all(b"\n")
}

impl<'a> Whole<'a> {
    fn of_one(story: &Story, told: &'a Told) -> Self {
        let signature = Guess { fault: told.signature.cause.fault(), confidence: told.signature.confidence };
        Self { signature, ..Self::of(story, Some(&told.outage)) }
    }

    fn of(story: &Story, outage: Option<&'a Outage>) -> Self {
        let local = |at: Time| Stamped(story.local(at));
        let journal = outage.and_then(|outage| outage.journal);
        Self {
            schema: 1,
            lines: outage.map_or(0, |outage| outage.lines),
            control_plane_lines: outage.map_or(0, |outage| outage.lines),
            failures: outage.map_or(0, |outage| outage.failures),
            first: journal.map(|(first, _)| local(first)),
            last: journal.map(|(_, last)| local(last)),
            signature: Guess { fault: None, confidence: 0.0 },
            lanes: outage
                .into_iter()
                .flat_map(|outage| outage.lanes.iter())
                .map(|(id, lane)| (id, LaneSum::of(story, &lane.span)))
                .collect(),
            workers: outage.map(|outage| workers(story, outage)).unwrap_or_default(),
            outages: Vec::new(),
        }
    }
}

impl LaneSum {
    fn of(story: &Story, span: &LaneSpan) -> Self {
        let local = |at: Time| Stamped(story.local(at));
        Self { first: local(span.first), last: local(span.last), lines: span.lines, failures: span.failures }
    }
}

fn workers<'a>(story: &Story, outage: &'a Outage) -> BTreeMap<&'a str, Worker<'a>> {
    let mut workers: BTreeMap<&str, Worker<'_>> = BTreeMap::new();
    for (id, lane) in outage.lanes.iter() {
        for (worker, span) in &lane.by_worker {
            let worker: &Arc<str> = worker;
            workers.entry(worker).or_default().lanes.insert(id, LaneSum::of(story, span));
        }
    }
    for (id, retries) in outage.retries.iter() {
        workers.entry(&id.worker).or_default().retries.push(Retry {
            activity: id.activity,
            resource: id.resource.as_deref(),
            tries: retries.tries,
            gaps_s: gaps(retries).collect(),
        });
    }
    workers
}
