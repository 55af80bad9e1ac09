//! What blackout's own probes prove, and what they do not.

use super::*;
use crate::{
    observation::{
        Cluster, ClusterNode, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, LeaderOutcome,
        LeaderProbe, NodeRole, Observation, OperatorPhase, OperatorStep, PodFact, ProbeError, ProbeOutcome,
        RunningContainer, RuntimeOutcome, RuntimeProbe, WriteProbe,
    },
    report::ScoreCard,
};

const WORKER: &str = "demo-worker";

/// A run in which the control plane is away from second 10 to second 70.
struct Run {
    world: World,
}

impl Run {
    fn begin() -> Self {
        let started = "2026-01-05T12:00:00Z".parse().expect("a time");
        let mut run = Self { world: World::new(started) };
        let node = |name: &str, role| ClusterNode { name: name.to_owned(), role, node_port: None };
        run.observe(
            0.0,
            Observation::Cluster(Cluster {
                name: "demo".to_owned(),
                context: "kind-demo".to_owned(),
                api_endpoint: None,
                nodes: vec![node("demo-control-plane", NodeRole::ControlPlane), node(WORKER, NodeRole::Worker)],
            }),
        );
        run.ready(0.0, ProbeOutcome::Ok);
        run
    }

    fn at(&self, second: f64) -> Time {
        self.world.started + chrono::Duration::milliseconds((second * 1_000.0) as i64)
    }

    fn observe(&mut self, second: f64, observation: Observation) {
        self.world.apply(self.at(second), &observation);
    }

    fn ready(&mut self, second: f64, outcome: ProbeOutcome) {
        let probe = HealthProbe { check: HealthCheck::Readyz, latency_us: 1_000, outcome, checks: Vec::new() };
        self.observe(second, Observation::Health(probe));
    }

    fn refused(&mut self, second: f64) {
        self.ready(second, ProbeOutcome::Failed(ProbeError::Refused));
    }

    fn write(&mut self, second: f64, outcome: ProbeOutcome) {
        self.observe(second, Observation::Write(WriteProbe { latency_us: 1_000, outcome }));
    }

    fn scheduler(&mut self, second: f64, renewed: f64) {
        let outcome = LeaderOutcome::Renewed(self.at(renewed));
        self.observe(second, Observation::Leader(LeaderProbe { component: "kube-scheduler".to_owned(), outcome }));
    }

    fn containers(&mut self, second: f64, ids: &[(&str, u32)]) {
        let container = |(id, attempt): &(&str, u32)| RunningContainer {
            pod: "default/httpbin-1".to_owned(),
            name: "httpbin".to_owned(),
            attempt: *attempt,
            id: (*id).to_owned(),
        };
        let outcome = RuntimeOutcome::Running(ids.iter().map(container).collect());
        self.observe(second, Observation::Runtime(RuntimeProbe { worker: WORKER.to_owned(), outcome }));
    }

    fn containers_fail(&mut self, second: f64, error: &str) {
        let outcome = RuntimeOutcome::Failed(error.to_owned());
        self.observe(second, Observation::Runtime(RuntimeProbe { worker: WORKER.to_owned(), outcome }));
    }

    fn restarts(&mut self, second: f64, node: &str, restarts: u32) {
        self.observe(
            second,
            Observation::Pod(PodFact {
                namespace: "default".to_owned(),
                name: "httpbin-1".to_owned(),
                node: Some(node.to_owned()),
                status: "Running".to_owned(),
                ready: 1,
                containers: 1,
                restarts,
                workload: true,
            }),
        );
    }

    fn card(&self) -> ScoreCard {
        let outage = self.world.last_outage().expect("an outage");
        ScoreCard::of(outage, &self.world, self.world.now)
    }

    fn claim(&self, subject: &str) -> (Finding, String) {
        let claims = self.card().claims;
        let claim = claims.into_iter().find(|claim| claim.subject == subject);
        let Claim { finding, statement, evidence, .. } = claim.unwrap_or_else(|| panic!("no claim about {subject}"));
        (finding, format!("{statement}\n{}", evidence.join("\n")))
    }
}

fn has(statement: &str, parts: &[&str]) {
    for part in parts {
        assert!(statement.contains(part), "{part:?} is not in\n{statement}");
    }
}

#[test]
fn writes_are_judged_by_the_outcomes_of_dry_runs() {
    let mut run = Run::begin();
    run.write(5.0, ProbeOutcome::Ok);
    run.refused(10.0);
    run.write(10.5, ProbeOutcome::Failed(ProbeError::Refused));
    run.write(60.0, ProbeOutcome::Status(503));
    run.write(64.0, ProbeOutcome::Status(403));
    run.ready(70.0, ProbeOutcome::Ok);
    run.write(70.5, ProbeOutcome::Ok);
    let (finding, statement) = run.claim("API writes");
    assert_eq!(finding, Finding::Partly);
    has(
        &statement,
        &[
            "1 of 3 dry runs of a write accepted, none from T+0.5 s to T+60.5 s",
            "1 slot unknown",
            "first failure: T+0.5 s, connection refused",
            "last failure: T+50.0 s",
        ],
    );
}

#[test]
fn a_user_who_may_not_write_proves_nothing_about_writes() {
    let mut run = Run::begin();
    run.refused(10.0);
    run.write(70.0, ProbeOutcome::Status(403));
    let (finding, statement) = run.claim("API writes");
    assert_eq!(finding, Finding::Unknown);
    has(&statement, &["HTTP 403"]);
}

#[test]
fn a_scheduler_whose_lease_expired_scheduled_nothing() {
    let mut run = Run::begin();
    run.scheduler(8.0, 7.0);
    run.refused(10.0);
    let (finding, statement) = run.claim("Scheduling");
    assert_eq!(finding, Finding::Unknown, "it is not visible while the API server is down");
    has(&statement, &["T-3.0 s"]);
    run.ready(70.0, ProbeOutcome::Ok);
    // what etcd still had: newer than what was seen before
    run.scheduler(70.5, 9.0);
    let (finding, statement) = run.claim("Scheduling");
    assert_eq!(finding, Finding::Failed);
    has(&statement, &["has not renewed its lease since T-1.0 s, and still had not at T+60.5 s"]);
    run.scheduler(90.0, 88.0);
    let (finding, statement) = run.claim("Scheduling");
    assert_eq!(finding, Finding::Failed);
    has(&statement, &["did not renew its lease for 79.0 s, from T-1.0 s to T+78.0 s"]);
}

#[test]
fn a_last_renewal_that_could_not_be_read_is_not_invented() {
    let mut run = Run::begin();
    run.scheduler(1.0, 0.5);
    run.refused(10.0);
    run.ready(70.0, ProbeOutcome::Ok);
    run.scheduler(70.5, 70.0);
    let (finding, statement) = run.claim("Scheduling");
    assert_eq!(finding, Finding::Failed);
    has(&statement, &["at least 60.0 s, from T+0.0 s to T+60.0 s", "last seen renewed: T-9.5 s"]);
}

#[test]
fn a_scheduler_that_kept_its_lease_or_cannot_be_seen_is_unknown() {
    let mut run = Run::begin();
    run.scheduler(8.0, 7.0);
    run.refused(10.0);
    run.ready(14.0, ProbeOutcome::Ok);
    run.scheduler(14.5, 14.0);
    has(&run.claim("Scheduling").1, &["kept its lease"]);
    let mut run = Run::begin();
    run.refused(10.0);
    let outcome = LeaderOutcome::Status(404);
    run.observe(70.0, Observation::Leader(LeaderProbe { component: "kube-scheduler".to_owned(), outcome }));
    has(&run.claim("Scheduling").1, &["HTTP 404"]);
}

#[test]
fn containers_that_keep_their_ids_kept_running_and_needed_no_restart() {
    let mut run = Run::begin();
    run.containers(3.0, &[("a", 0)]);
    run.refused(10.0);
    run.containers(11.0, &[("a", 0)]);
    run.containers(60.0, &[("a", 0)]);
    let (finding, statement) = run.claim("Running containers of demo-worker");
    assert_eq!(finding, Finding::Worked);
    has(&statement, &["1 of 1 containers kept running, in 2 checks", "T+1.0 s to T+50.0 s", "a httpbin attempt 0"]);
    let (finding, statement) = run.claim("Restarts of pods");
    assert_eq!(finding, Finding::Unknown);
    has(&statement, &["none had to be started again"]);
}

#[test]
fn a_container_that_ended_and_was_started_again_shows_that_restarts_need_no_api_server() {
    let mut run = Run::begin();
    run.containers(3.0, &[("a", 0)]);
    run.refused(10.0);
    run.containers(20.0, &[]);
    assert_eq!(run.claim("Restarts of pods").0, Finding::Failed);
    run.containers(30.0, &[("b", 1)]);
    let (finding, statement) = run.claim("Restarts of pods");
    assert_eq!(finding, Finding::Worked);
    has(&statement, &["1 container of the workers ended, 1 started again", "gone at T+10.0 s", "b httpbin attempt 1"]);
    assert_eq!(run.claim("Running containers of demo-worker").0, Finding::Partly);
}

#[test]
fn a_container_that_ends_after_the_api_server_is_back_may_have_been_deleted_and_does_not_count() {
    let mut run = Run::begin();
    run.containers(3.0, &[("a", 0)]);
    run.refused(10.0);
    run.containers(11.0, &[("a", 0)]);
    run.ready(70.0, ProbeOutcome::Ok);
    run.containers(70.5, &[("a", 0)]);
    run.containers(80.0, &[]);
    assert_eq!(run.claim("Running containers of demo-worker").0, Finding::Worked);
}

#[test]
fn restarts_that_only_the_api_server_counts_are_worth_something_on_workers_alone() {
    for (node, finding) in [(WORKER, Finding::Worked), ("demo-control-plane", Finding::Unknown)] {
        let mut run = Run::begin();
        run.restarts(1.0, node, 2);
        run.refused(10.0);
        run.ready(70.0, ProbeOutcome::Ok);
        run.restarts(71.0, node, 3);
        let (found, statement) = run.claim("Restarts of pods");
        assert_eq!(found, finding, "{node}");
        has(&statement, &["1 restart more than before"]);
    }
}

#[test]
fn a_worker_whose_containers_cannot_be_listed_is_unknown_with_the_reason() {
    let mut run = Run::begin();
    run.refused(10.0);
    run.containers_fail(11.0, "demo-worker is frozen");
    let (finding, statement) = run.claim("Running containers of demo-worker");
    assert_eq!(finding, Finding::Unknown);
    has(&statement, &["containers could not be listed: demo-worker is frozen"]);
}

#[test]
fn a_fault_outside_blackout_is_known_from_the_engine_unless_it_may_be_a_crash() {
    use crate::report::score::{Actor, CauseSource};
    let event = |run: &mut Run, action, signal| {
        let happened = run.at(10.0);
        let node = "demo-control-plane".to_owned();
        let event = EngineEvent { node, role: NodeRole::ControlPlane, action, happened, signal, exit_code: None };
        run.observe(10.0, Observation::EngineEvent(event));
    };
    for (action, signal, fault) in [
        (EngineAction::Kill, Some(9), Some(FaultAction::Kill)),
        (EngineAction::Kill, Some(37), Some(FaultAction::Stop)),
        (EngineAction::Pause, None, Some(FaultAction::Pause)),
        (EngineAction::Disconnect, None, Some(FaultAction::Disconnect)),
        (EngineAction::Die, None, None),
    ] {
        let mut run = Run::begin();
        event(&mut run, action, signal);
        let ScoreCard { fault: found, attribution, .. } = run.card();
        assert_eq!((found, attribution.actor), (fault, Actor::SomebodyElse), "{action:?}");
        assert_eq!(attribution.source, fault.map(|_| CauseSource::Engine), "{action:?}");
    }
    let mut run = Run::begin();
    let (action, container) = (FaultAction::Kill, "demo-control-plane".to_owned());
    run.observe(9.0, Observation::Operator(OperatorStep { action, container, phase: OperatorPhase::Requested }));
    event(&mut run, EngineAction::Kill, Some(9));
    let ScoreCard { fault, attribution, .. } = run.card();
    assert_eq!(
        (fault, attribution.actor, attribution.source),
        (Some(FaultAction::Kill), Actor::Operator, Some(CauseSource::Operator))
    );
}
