//! The stories below `tests/fixtures/outages`: each file is a table of observations, and of what each one changes.
//!
//! A row is `[second, observation, state of the newest outage, steps]`. A step with `+` was reached, one with `-` was
//! voided; nothing stands where nothing changed. `outages` lists all outages at the end. A file that differs is printed
//! as it should be, so a change of the rules is reviewed as a change of the tables.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use chrono::Duration;
use serde::Deserialize;

use super::*;
use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, JournalLine, NodeFact,
        NodeReadiness, NodeRole, Observation, OperatorPhase, OperatorStep, ProbeError, ProbeOutcome, RunState,
        SourceHealth, SourceId, SourceReport, Time,
    },
    world::World,
};

const CONTROL_PLANE: &str = "demo-control-plane";
const WORKER: &str = "demo-worker";

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: String,
    rows: Vec<Row>,
    outages: Vec<String>,
}

/// Second, observation, state after it, steps that it changes.
#[derive(Debug, PartialEq, Deserialize)]
struct Row(f64, String, String, String);

impl Table {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The table with the states and steps that the world gives.
    fn played(&self) -> Self {
        let mut world = World::new(time(0.0));
        let mut rows = Vec::new();
        let mut before = (0, BTreeMap::new());
        for Row(second, text, ..) in &self.rows {
            world.apply(time(*second), &observation(*second, text));
            let (count, steps) = (world.outages.iter().count(), steps(&world));
            let known = if count == before.0 { std::mem::take(&mut before.1) } else { BTreeMap::new() };
            rows.push(Row(*second, text.clone(), state(world.last_outage()), changes(&known, &steps)));
            before = (count, steps);
        }
        Self { about: self.about.clone(), rows, outages: world.outages.iter().map(summary).collect() }
    }

    /// The table as a file, its columns aligned.
    fn toml(&self) -> String {
        let mut out = format!("about = {:?}\nrows = [\n", self.about);
        let width = self.rows.iter().map(|row| row.1.len()).max().unwrap_or(0) + 2;
        for Row(second, observation, state, steps) in &self.rows {
            let (observation, state) = (format!("{observation:?},"), format!("{state:?},"));
            writeln!(out, "  [{second:>6.1}, {observation:<width$} {state:<13} {steps:?}],", width = width + 1)
                .expect("a String takes everything");
        }
        out.push_str("]\noutages = [\n");
        for outage in &self.outages {
            writeln!(out, "  {outage:?},").expect("a String takes everything");
        }
        out + "]\n"
    }
}

fn time(second: f64) -> Time {
    let start: Time = "2026-01-05T12:00:00Z".parse().expect("a time");
    start + Duration::milliseconds((second * 1_000.0).round() as i64)
}

/// Seconds since the beginning of the table.
fn second(at: Time) -> f64 {
    (at - time(0.0)).num_milliseconds() as f64 / 1_000.0
}

fn observation(at: f64, text: &str) -> Observation {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["request", action] => operator(action, OperatorPhase::Requested),
        ["done", action] => operator(action, OperatorPhase::Done),
        ["failed", action] => operator(action, OperatorPhase::Failed { error: "the engine refused".to_owned() }),
        ["engine", action] => engine(at, action, None),
        ["engine", action, signal] => engine(at, action, signal.parse().ok()),
        ["container", state] => Observation::Container(ContainerState {
            node: CONTROL_PLANE.to_owned(),
            role: NodeRole::ControlPlane,
            state: if state == "detached" { RunState::Running } else { parsed(state) },
            exit_code: None,
            since: Some(time(at)),
            attached: state != "detached",
        }),
        ["line", symptom] => line(at, symptom),
        ["line", written, symptom] => line(written.parse().expect("a second"), symptom),
        ["lease", "renewed", stamp] => {
            Observation::Lease { node: WORKER.to_owned(), renewed: time(stamp.parse().expect("a second")) }
        }
        ["lease", "renewed"] => Observation::Lease { node: WORKER.to_owned(), renewed: time(at) },
        ["docker", "live"] => docker(SourceHealth::Live),
        ["docker", "gone"] => docker(SourceHealth::Retrying { error: "the engine does not answer".to_owned() }),
        ["node", ready] => Observation::Node(NodeFact {
            name: WORKER.to_owned(),
            ready: if ready == "ready" { NodeReadiness::Ready } else { NodeReadiness::NotReady },
            since: None,
            cordoned: false,
            kubelet_version: "v1.34.3".to_owned(),
        }),
        [check, outcome] => Observation::Health(HealthProbe {
            check: parsed::<HealthCheck>(check),
            latency_us: 1_000,
            outcome: match outcome {
                "ok" => ProbeOutcome::Ok,
                status if status.parse::<u16>().is_ok() => ProbeOutcome::Status(status.parse().expect("a status")),
                error => ProbeOutcome::Failed(parsed::<ProbeError>(error)),
            },
            checks: Vec::new(),
        }),
        _ => panic!("no observation: {text}"),
    }
}

fn docker(health: SourceHealth) -> Observation {
    Observation::Source(SourceReport { source: SourceId::Docker, health })
}

/// A value by its name in a tape.
fn parsed<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(name.into()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn operator(action: &str, phase: OperatorPhase) -> Observation {
    Observation::Operator(OperatorStep {
        action: parsed::<FaultAction>(action),
        container: CONTROL_PLANE.to_owned(),
        phase,
    })
}

fn engine(at: f64, action: &str, signal: Option<i64>) -> Observation {
    Observation::EngineEvent(EngineEvent {
        node: CONTROL_PLANE.to_owned(),
        role: NodeRole::ControlPlane,
        action: parsed::<EngineAction>(action),
        happened: time(at),
        signal,
        exit_code: None,
    })
}

/// A line of a kubelet that can't renew its lease, written at second `written`.
fn line(written: f64, symptom: &str) -> Observation {
    let error = match symptom {
        "refused" => "dial tcp 172.18.0.2:6443: connect: connection refused",
        "dns" => "dial tcp: lookup demo-control-plane on 172.18.0.1:53: no such host",
        _ => panic!("no symptom: {symptom}"),
    };
    let at = time(written);
    let line = format!(
        "{} demo-worker kubelet[187]: E{} 187 controller.go:145] \"Failed to ensure lease exists, will retry\" \
         err=\"Get \\\"https://demo-control-plane:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/\
         demo-worker?timeout=10s\\\": {error}\" interval=\"200ms\"",
        at.format("%b %d %H:%M:%S"),
        at.format("%m%d %H:%M:%S%.6f"),
    );
    Observation::Journal(JournalLine { worker: WORKER.to_owned(), line })
}

fn state(outage: Option<&Outage>) -> String {
    let name = match outage.map(Outage::state) {
        None => "none",
        Some(OutageState::Suspected) => "suspected",
        Some(OutageState::Subsided { .. }) => "subsided",
        Some(OutageState::Requested(_)) => "requested",
        Some(OutageState::Open(_)) => "open",
        Some(OutageState::Recovering(_)) => "recovering",
        Some(OutageState::Recovered { .. }) => "recovered",
    };
    name.to_owned()
}

/// The steps of the newest outage, and the leases that were renewed in it.
fn steps(world: &World) -> BTreeMap<String, Time> {
    let Some(outage) = world.last_outage() else { return BTreeMap::new() };
    let steps = outage.steps();
    let named = steps.named().into_iter().filter_map(|(name, at)| Some((name.to_owned(), at?)));
    let leases = outage.leases().into_iter().flatten().map(|(node, at)| (format!("lease of {node}"), *at));
    named.chain(leases).collect()
}

fn changes(before: &BTreeMap<String, Time>, after: &BTreeMap<String, Time>) -> String {
    let voided = before.keys().filter(|step| !after.contains_key(*step)).map(|step| format!("-{step}"));
    let reached = after.iter().filter(|(step, at)| before.get(*step) != Some(at)).map(|(step, _)| format!("+{step}"));
    voided.chain(reached).collect::<Vec<_>>().join(" ")
}

fn summary(outage: &Outage) -> String {
    let end = outage.ended().map_or_else(|| "now".to_owned(), |at| format!("{:.1}", second(at)));
    let by = match outage.confirmed_by() {
        None => "lines alone".to_owned(),
        Some(ConfirmedBy::Fault(fault)) => format!("the operator's {}", format!("{fault:?}").to_lowercase()),
        Some(ConfirmedBy::Engine) => match outage.engine_fault() {
            Some(fault) => format!("the engine, {}", format!("{fault:?}").to_lowercase()),
            None => "the engine".to_owned(),
        },
        Some(ConfirmedBy::Health) => "a health check".to_owned(),
    };
    let state = state(Some(outage));
    format!("{:.1} to {end}: {state}, by {by}, {}", second(outage.began), crate::units::count(outage.lines, "line"))
}

#[test]
fn every_story_goes_as_its_table_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/outages");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    paths.sort();
    let mut wrong = String::new();
    for path in &paths {
        let table = Table::read(path);
        let played = table.played();
        if played != table {
            write!(wrong, "\n# {}\n{}", path.display(), played.toml()).expect("a String takes everything");
        }
    }
    assert!(paths.len() >= 10, "the tables were found: {paths:?}");
    assert!(wrong.is_empty(), "these tables should read:{wrong}");
}
