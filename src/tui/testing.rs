//! Worlds for the tests of the screen, folded from scripted observations: an outage of the demo cluster, second by
//! second, with the backoff of real kubelets.

use chrono::{Duration, TimeZone as _, Utc};
mod rendering;
mod scenario;

pub(super) use rendering::{screen, styles, text};
pub(super) use scenario::*;

use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, JournalLine, NamedCheck,
        NodeFact, NodeReadiness, NodeRole, Observation, OperatorPhase, OperatorStep, ProbeError, ProbeOutcome,
        RunState, SourceHealth, SourceId, SourceReport, Time, TrafficOutcome, TrafficProbe,
    },
    world::World,
};

pub(super) const CLUSTER: &str = "api-server-failure";
pub(super) const CONTROL_PLANE: &str = "api-server-failure-control-plane";
pub(super) const WORKERS: [&str; 3] =
    ["api-server-failure-worker", "api-server-failure-worker2", "api-server-failure-worker3"];

/// Start of the session in every test: 12:00 UTC.
pub(super) fn start() -> Time {
    Utc.with_ymd_and_hms(2026, 1, 5, 12, 0, 0).unwrap()
}

/// The time at this second of the session.
pub(super) fn at(seconds: f64) -> Time {
    start() + Duration::milliseconds((seconds * 1_000.0).round() as i64)
}

/// Observations of a session, each with its time.
#[derive(Default)]
pub(super) struct Script {
    observations: Vec<(Time, Observation)>,
}

impl Script {
    pub(super) fn add(&mut self, seconds: f64, observation: Observation) {
        self.observations.push((at(seconds), observation));
    }

    /// The world at this second, and the time.
    pub(super) fn world(&self, seconds: f64) -> (World, Time) {
        let now = at(seconds);
        let mut until_now: Vec<_> = self.observations.iter().filter(|(at, _)| *at <= now).collect();
        until_now.sort_by_key(|(at, _)| *at);
        let mut world = World::new(start());
        for (at, observation) in until_now {
            world.apply(*at, observation);
        }
        (world, now)
    }

    pub(super) fn source(&mut self, seconds: f64, source: SourceId, health: SourceHealth) {
        self.add(seconds, Observation::Source(SourceReport { source, health }));
    }

    fn container(&mut self, seconds: f64, node: &str, state: RunState, exit_code: Option<i64>, since: f64) {
        let role = if node == CONTROL_PLANE { NodeRole::ControlPlane } else { NodeRole::Worker };
        let since = Some(at(since));
        self.add(
            seconds,
            Observation::Container(ContainerState {
                node: node.to_owned(),
                role,
                state,
                exit_code,
                since,
                attached: true,
            }),
        );
    }

    fn event(&mut self, seconds: f64, action: EngineAction) {
        self.add(
            seconds,
            Observation::EngineEvent(EngineEvent {
                node: CONTROL_PLANE.to_owned(),
                role: NodeRole::ControlPlane,
                action,
                happened: at(seconds),
                signal: None,
                exit_code: None,
            }),
        );
    }

    fn operator_step(&mut self, seconds: f64, action: FaultAction, phase: OperatorPhase) {
        self.add(seconds, Observation::Operator(OperatorStep { action, container: CONTROL_PLANE.to_owned(), phase }));
    }

    fn health(&mut self, seconds: f64, check: HealthCheck, latency_us: u64, outcome: ProbeOutcome) {
        let checks = match (check, &outcome) {
            (HealthCheck::Readyz, ProbeOutcome::Ok) => named(true),
            (HealthCheck::Readyz, ProbeOutcome::Status(_)) => named(false),
            _ => Vec::new(),
        };
        self.add(seconds, Observation::Health(HealthProbe { check, latency_us, outcome, checks }));
    }

    fn healthy_second(&mut self, second: u64) {
        let us = 1_900 + (second * 37 % 11) * 160;
        let s = second as f64 + 0.2;
        self.health(s, HealthCheck::Port, 310, ProbeOutcome::Ok);
        self.health(s, HealthCheck::Livez, us - 700, ProbeOutcome::Ok);
        self.health(s, HealthCheck::Readyz, us, ProbeOutcome::Ok);
    }

    fn failing_second(&mut self, second: u64, error: ProbeError) {
        for check in [HealthCheck::Port, HealthCheck::Livez, HealthCheck::Readyz] {
            self.health(second as f64 + 0.2, check, 412, ProbeOutcome::Failed(error));
        }
    }

    fn traffic_half_second(&mut self, slot: u64) {
        for (index, worker) in WORKERS.iter().enumerate() {
            let latency_us = 1_700 + (slot * 31 + index as u64 * 7) % 13 * 140;
            let outcome = TrafficOutcome::Answered(200);
            let probe = TrafficProbe { worker: (*worker).to_owned(), slot, every_ms: 500, latency_us, outcome };
            self.add(slot as f64 / 2.0 + 0.05, Observation::Traffic(probe));
        }
    }

    /// Replaces the outcome of one slot of a worker.
    pub(super) fn traffic(&mut self, worker: &str, slot: u64, outcome: TrafficOutcome) {
        for (_, observation) in &mut self.observations {
            if let Observation::Traffic(probe) = observation
                && probe.worker == worker
                && probe.slot == slot
            {
                probe.outcome = outcome;
            }
        }
    }

    /// Adds one line to the journal of a worker, written at this second and read 50 ms later.
    pub(super) fn line(&mut self, seconds: f64, worker: &str, message: &str) {
        let micros = at(seconds).timestamp_micros();
        let clock = at(seconds).format("%m%d %H:%M:%S%.6f");
        let (letter, rest) = message.split_at(1);
        let entry = serde_json::json!({
            "__REALTIME_TIMESTAMP": micros.to_string(),
            "_HOSTNAME": worker,
            "SYSLOG_IDENTIFIER": "kubelet",
            "MESSAGE": format!("{letter}{clock}     228 {}", rest.trim_start()),
        });
        let line = JournalLine { worker: worker.to_owned(), line: entry.to_string() };
        self.add(seconds + 0.05, Observation::Journal(line));
    }

    fn node(&mut self, seconds: f64, name: &str) {
        let fact = NodeFact {
            name: name.to_owned(),
            ready: NodeReadiness::Ready,
            since: Some(at(-3_600.0)),
            cordoned: false,
            kubelet_version: "v1.30.0".to_owned(),
        };
        self.add(seconds, Observation::Node(fact));
    }

    fn lease(&mut self, seconds: f64, node: &str) {
        self.add(seconds, Observation::Lease { node: node.to_owned(), renewed: at(seconds) });
    }
}

fn named(ok: bool) -> Vec<NamedCheck> {
    let mut names: Vec<String> = ["ping", "log", "etcd", "etcd-readiness", "informer-sync"].map(str::to_owned).into();
    names.extend((1..=27).map(|n| format!("poststarthook/hook-{n}")));
    let fails = |name: &str| !ok && (name.starts_with("etcd") || name == "poststarthook/hook-7");
    names.into_iter().map(|name| NamedCheck { ok: !fails(&name), name }).collect()
}
