//! `--format json`: one object, described in `assets/schema/analyze.json`.

use std::{collections::BTreeMap, io};

use serde::Serialize;

use super::json_time::JsonTime;
use crate::{
    analyze::fold::{
        analysis::Analysis,
        outages::{DiagnosedOutage, gaps_in_seconds},
    },
    kubelet::Activity,
    observation::FaultAction,
    output,
    world::{LaneId, LaneSpan, Outage},
};

/// Version of the format; it changes if a field is removed or gets another meaning.
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize)]
struct AnalysisJson<'a> {
    schema: u32,
    lines: u64,
    control_plane_lines: u64,
    failures: u64,
    first: Option<JsonTime>,
    last: Option<JsonTime>,
    signature: SignatureJson,
    lanes: BTreeMap<LaneId, LaneJson>,
    workers: BTreeMap<&'a str, WorkerJson<'a>>,
    /// The outages one by one; empty and omitted if there is only one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outages: Vec<AnalysisJson<'a>>,
}

#[derive(Debug, Default, Serialize)]
struct SignatureJson {
    fault: Option<FaultAction>,
    confidence: f64,
}

#[derive(Debug, Serialize)]
struct LaneJson {
    first: JsonTime,
    last: JsonTime,
    lines: u64,
    failures: u64,
}

#[derive(Debug, Default, Serialize)]
struct WorkerJson<'a> {
    lanes: BTreeMap<LaneId, LaneJson>,
    retries: Vec<RetryJson<'a>>,
}

#[derive(Debug, Serialize)]
struct RetryJson<'a> {
    activity: Activity,
    resource: Option<&'a str>,
    tries: u64,
    gaps_s: Vec<f64>,
}

/// Writes an analysis as one line of JSON.
///
/// # Errors
/// Returns an error if `out` cannot be written.
pub(crate) fn write(analysis: &Analysis, out: &mut dyn io::Write) -> io::Result<()> {
    let sum = analysis.sum();
    let (cause, confidence) = analysis.cause();
    let mut json = AnalysisJson {
        lines: analysis.lines,
        control_plane_lines: analysis.control_plane,
        failures: analysis.failures,
        signature: SignatureJson { fault: cause.fault(), confidence },
        ..AnalysisJson::of_outage(analysis, sum.as_ref())
    };
    for worker in analysis.workers.keys() {
        json.workers.entry(worker).or_default();
    }
    if analysis.outages.len() > 1 {
        let outages = analysis.outages.iter();
        json.outages = outages.map(|diagnosed| AnalysisJson::of_diagnosed(analysis, diagnosed)).collect();
    }
    serde_json::to_writer(output::json(&mut *out), &json)?;
    out.write_all(b"\n")
}

impl<'a> AnalysisJson<'a> {
    fn of_diagnosed(analysis: &Analysis, diagnosed: &'a DiagnosedOutage) -> Self {
        let diagnosis = &diagnosed.diagnosis;
        Self {
            signature: SignatureJson { fault: diagnosis.cause.fault(), confidence: diagnosis.confidence },
            ..Self::of_outage(analysis, Some(&diagnosed.outage))
        }
    }

    /// Describes an outage without its signature; `None` gives an object without a line.
    fn of_outage(analysis: &Analysis, outage: Option<&'a Outage>) -> Self {
        let (first, last) = outage.and_then(|outage| outage.journal).unzip();
        let local = |at| JsonTime(analysis.local(at));
        let lanes = outage.into_iter().flat_map(|outage| outage.lanes.iter());
        Self {
            schema: SCHEMA,
            lines: outage.map_or(0, |outage| outage.lines),
            control_plane_lines: outage.map_or(0, |outage| outage.lines),
            failures: outage.map_or(0, |outage| outage.failures),
            first: first.map(local),
            last: last.map(local),
            signature: SignatureJson::default(),
            lanes: lanes.map(|(id, lane)| (id, LaneJson::of(analysis, &lane.span))).collect(),
            workers: outage.map(|outage| workers(analysis, outage)).unwrap_or_default(),
            outages: Vec::new(),
        }
    }
}

impl LaneJson {
    fn of(analysis: &Analysis, span: &LaneSpan) -> Self {
        Self {
            first: JsonTime(analysis.local(span.first)),
            last: JsonTime(analysis.local(span.last)),
            lines: span.lines,
            failures: span.failures,
        }
    }
}

/// Returns the lanes and the retry loops of each worker in an outage.
fn workers<'a>(analysis: &Analysis, outage: &'a Outage) -> BTreeMap<&'a str, WorkerJson<'a>> {
    let mut workers: BTreeMap<&str, WorkerJson<'_>> = BTreeMap::new();
    for (id, lane) in outage.lanes.iter() {
        for (worker, span) in &lane.by_worker {
            let worker: &str = worker;
            workers.entry(worker).or_default().lanes.insert(id, LaneJson::of(analysis, span));
        }
    }
    for (id, retries) in outage.retries.iter() {
        workers.entry(&id.worker).or_default().retries.push(RetryJson {
            activity: id.activity,
            resource: id.resource.as_deref(),
            tries: retries.tries,
            gaps_s: gaps_in_seconds(retries).collect(),
        });
    }
    workers
}
