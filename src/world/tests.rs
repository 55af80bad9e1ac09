//! The fold of real journals, engine events and probes, recorded with five kinds of fault.

use std::{fs, path::PathBuf};

use chrono::Duration;
use serde_json::Value;

use super::*;
use crate::observation::{
    EngineAction, EngineEvent, HealthCheck, HealthProbe, JournalLine, NodeRole, Observation, ProbeError, ProbeOutcome,
    Stamped, Time, TrafficOutcome, TrafficProbe,
};

const FAULTS: [&str; 5] = ["stop", "kill", "pause", "disconnect", "apiserver"];
const WORKER: &str = "api-server-failure-worker2";

fn fixture(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn time(text: &Value) -> Time {
    text.as_str().and_then(|text| text.parse().ok()).expect("a time")
}

fn objects(path: &str) -> Vec<Value> {
    fixture(path).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn journal(line: &str) -> Observation {
    Observation::Journal(JournalLine { worker: WORKER.to_owned(), line: line.to_owned() })
}

/// A recorded run as observations in the order of their times: journal, engine events and probes.
fn run(fault: &str) -> Vec<Stamped> {
    let mut run = Vec::new();
    for line in fixture(&format!("{fault}/worker2.journal.jsonl")).lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let micros: i64 = entry["__REALTIME_TIMESTAMP"].as_str().and_then(|t| t.parse().ok()).expect("a time");
        let at = Time::from_timestamp_micros(micros).expect("in range");
        run.push(Stamped { at, observation: journal(line) });
    }
    for event in objects(&format!("{fault}/docker-events.jsonl")) {
        let action = match event["Action"].as_str() {
            Some("kill") => EngineAction::Kill,
            Some("die") => EngineAction::Die,
            Some("stop") => EngineAction::Stop,
            Some("start") => EngineAction::Start,
            Some("pause") => EngineAction::Pause,
            Some("unpause") => EngineAction::Unpause,
            Some("connect") => EngineAction::Connect,
            Some("disconnect") => EngineAction::Disconnect,
            _ => continue,
        };
        let happened = Time::from_timestamp_nanos(event["timeNano"].as_i64().expect("a time"));
        let node = "api-server-failure-control-plane".to_owned();
        let event = EngineEvent { node, role: NodeRole::ControlPlane, action, happened, signal: None, exit_code: None };
        run.push(Stamped { at: happened, observation: Observation::EngineEvent(event) });
    }
    for probe in objects(&format!("{fault}/readyz.jsonl")) {
        let outcome = match probe["status"].as_u64() {
            Some(200) => ProbeOutcome::Ok,
            Some(status) => ProbeOutcome::Status(status as u16),
            None => ProbeOutcome::Failed(match probe["error"].as_str().unwrap_or_default() {
                error if error.contains("refused") => ProbeError::Refused,
                error if error.contains("reset") => ProbeError::Reset,
                error if error.contains("timed out") => ProbeError::Timeout,
                _ => ProbeError::Eof,
            }),
        };
        let probe = HealthProbe { check: HealthCheck::Readyz, latency_us: 0, outcome, checks: Vec::new() }.at(&probe);
        run.push(probe);
    }
    for (slot, probe) in objects(&format!("{fault}/nodeport.jsonl")).iter().enumerate() {
        let outcome = match probe["status"].as_u64() {
            Some(status) => TrafficOutcome::Answered(status as u16),
            None => TrafficOutcome::Failed(ProbeError::Other),
        };
        let observation = Observation::Traffic(TrafficProbe {
            worker: WORKER.to_owned(),
            slot: slot as u64,
            every_ms: 500,
            latency_us: 0,
            outcome,
        });
        run.push(Stamped { at: time(&probe["at"]), observation });
    }
    run.sort_by_key(|stamped| stamped.at);
    run
}

impl HealthProbe {
    /// The probe at the end of a recorded one: `at` is its start there.
    fn at(self, recorded: &Value) -> Stamped {
        let ms = recorded["ms"].as_f64().unwrap_or_default() as i64;
        Stamped { at: time(&recorded["at"]) + Duration::milliseconds(ms), observation: Observation::Health(self) }
    }
}

fn fold(run: &[Stamped]) -> World {
    let mut world = World::new(run.first().expect("a run has observations").at);
    run.iter().for_each(|stamped| world.take(stamped));
    world
}

/// Name, first, last, lines, failures of every lane, T+ in seconds.
fn ladder(outage: &Outage) -> Vec<(&'static str, f64, f64, u64, u64)> {
    let t = |at: Time| ((at - outage.began).num_milliseconds() as f64 / 100.0).round() / 10.0;
    outage
        .lanes
        .iter()
        .map(|(id, lane)| (id.name(), t(lane.span.first), t(lane.span.last), lane.span.lines, lane.span.failures))
        .collect()
}

#[test]
fn the_seed_experiment_lights_four_lanes_at_the_recorded_times() {
    let mut world = World::new("2024-12-28T16:05:00Z".parse().unwrap());
    let at = "2024-12-29T00:00:00Z".parse().unwrap();
    let text = fixture("seed-1.30-worker2.log");
    text.lines().for_each(|line| world.apply(at, &journal(line)));
    let outage = world.outage().expect("it is still down at the end of the log");
    assert_eq!((text.lines().count(), outage.lines, outage.failures), (227, 169, outage.failures));
    let lanes: Vec<_> = outage
        .lanes
        .iter()
        .map(|(id, lane)| (id.name(), lane.span.first.naive_utc().to_string(), lane.span.lines, lane.span.failures))
        .collect();
    assert_eq!(
        lanes,
        [
            ("refused", "2024-12-28 16:08:56.965332".to_owned(), 16, 16),
            ("lease", "2024-12-28 16:08:57.706615".to_owned(), 26, 26),
            ("dns", "2024-12-28 16:09:07.309294".to_owned(), 141, 106),
            ("watch", "2024-12-28 16:09:07.309294".to_owned(), 77, 42),
        ]
    );
    let (_, lease) = outage.retries.iter().find(|(id, _)| id.activity == crate::kubelet::Activity::Lease).unwrap();
    let gaps: Vec<f64> =
        lease.gaps.iter().take(8).map(|gap| (gap.num_milliseconds() as f64 / 100.0).round() / 10.0).collect();
    assert_eq!(gaps, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.0, 7.0]);
}

#[test]
fn each_kind_of_fault_has_its_own_ladder() {
    let ladders: Vec<_> = FAULTS
        .iter()
        .map(|fault| {
            let world = fold(&run(fault));
            let outage = world.last_outage().unwrap_or_else(|| panic!("{fault} is an outage"));
            (*fault, ladder(outage))
        })
        .collect();
    insta::assert_debug_snapshot!(ladders);
}

#[test]
fn httpbin_answers_every_probe_in_every_recorded_outage() {
    for fault in FAULTS {
        let world = fold(&run(fault));
        let tally = world.last_outage().map(|outage| outage.traffic_tally()).expect("an outage");
        assert_eq!((tally.answered, tally.missed), (tally.sent, 0), "{fault}");
        assert!(tally.sent > 150, "{fault}: {tally:?}");
    }
}

#[test]
fn an_outage_ends_when_the_control_plane_is_back_and_the_lanes_are_quiet() {
    for fault in FAULTS {
        let run = run(fault);
        let world = fold(&run);
        let end = run.last().expect("it has an end").at;
        let outages = world.outages.iter().count();
        assert_eq!(outages, 1, "{fault}");
        let outage = world.last_outage().expect("an outage");
        let ready = outage.steps().readyz.unwrap_or_else(|| panic!("{fault} was ready again"));
        match outage.ended() {
            Some(ended) => assert!(ended >= ready && ended <= end, "{fault}: {ended}"),
            // a recording that stops while it recovers has no end of the outage
            None => assert!(end - ready < Duration::seconds(30), "{fault}: {ready} to {end}"),
        }
    }
}

#[test]
fn folding_the_same_observations_twice_gives_equal_worlds() {
    for fault in FAULTS {
        let run = run(fault);
        assert!(fold(&run) == fold(&run), "{fault}");
    }
}

#[test]
fn any_prefix_of_any_recorded_run_folds() {
    for fault in FAULTS {
        let run = run(fault);
        let mut world = World::new(run[0].at);
        for stamped in &run {
            world.take(stamped);
            let headline = world.headline(stamped.at);
            assert!(!headline.text.is_empty(), "{fault}");
        }
    }
}

#[test]
fn a_stop_is_seen_in_the_engines_events_before_any_check_fails() {
    let run = run("stop");
    let mut world = World::new(run[0].at);
    let mut phases = Vec::new();
    for stamped in &run {
        world.take(stamped);
        let phase = match world.phase(stamped.at) {
            Phase::Unknown => "unknown",
            Phase::Up { .. } => "up",
            Phase::Stopping { .. } => "stopping",
            Phase::Down { .. } => "down",
            Phase::Paused { .. } => "frozen",
            Phase::Starting { .. } => "starting",
        };
        if phases.last() != Some(&phase) {
            phases.push(phase);
        }
    }
    // the recording has no container states: after the start event only the checks show the phase
    assert_eq!(phases, ["unknown", "up", "stopping", "starting", "up"]);
}
