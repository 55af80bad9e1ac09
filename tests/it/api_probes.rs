//! The probes of the API server beyond its health, and the containers inside the workers.

use blackout::{
    engine::Engine,
    observation::{
        Cluster, ClusterNode, LeaderOutcome, NodeRole, Observation, ProbeError, ProbeOutcome, RunningContainer,
        RuntimeOutcome, SourceHealth, SourceId,
    },
    source::{access::ApiAccess, health, runtime},
};
use tokio::sync::watch;

use crate::{
    fake_api::{FakeApi, Mode, SCHEDULER_RENEWED},
    fake_engine::FakeEngine,
    observations::ObservationSink,
};

fn cluster(workers: &[&str]) -> Cluster {
    let node = |name: &&str| ClusterNode { name: (*name).to_owned(), role: NodeRole::Worker, node_port: None };
    Cluster {
        name: "demo".to_owned(),
        context: "kind-demo".to_owned(),
        api_endpoint: None,
        nodes: workers.iter().map(node).collect(),
    }
}

fn run_health(sink: &mut ObservationSink, api: &FakeApi) {
    let view = watch::channel(Some(cluster(&[]))).1;
    sink.spawn(health::run(sink.context.clone(), ApiAccess::Plain { url: api.url() }, view));
}

async fn wait_for_write(sink: &mut ObservationSink, outcome: ProbeOutcome) {
    sink.wait(&format!("a write: {outcome:?}"), |observation| match observation {
        Observation::Write(probe) if probe.outcome == outcome => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_healthy_server_accepts_a_dry_run_and_has_the_lease_of_the_scheduler() {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    let renewed = LeaderOutcome::Renewed(SCHEDULER_RENEWED.parse().unwrap());
    let (mut write, mut lease) = (false, false);
    sink.wait("both results", |observation| {
        write |= matches!(observation, Observation::Write(probe) if probe.outcome == ProbeOutcome::Ok);
        lease |= matches!(observation, Observation::Leader(leader) if leader.outcome == renewed);
        (write && lease).then_some(())
    })
    .await;
    sink.close().await;
    let writes: Vec<_> = api.request_lines().into_iter().filter(|asked| asked.starts_with("POST")).collect();
    assert!(!writes.is_empty() && writes.iter().all(|path| path.ends_with("/configmaps")), "{writes:?}");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_not_a_failure_of_the_source() {
    let api = FakeApi::start();
    api.set_probe_status(403, 404);
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    let (mut write, mut lease) = (false, false);
    sink.wait("both refusals", |observation| {
        write |= matches!(observation, Observation::Write(probe) if probe.outcome == ProbeOutcome::Status(403));
        lease |= matches!(observation, Observation::Leader(leader) if leader.outcome == LeaderOutcome::Status(404));
        (write && lease).then_some(())
    })
    .await;
    let retries = |observation: &Observation| {
        matches!(crate::observations::health(observation, &SourceId::Health), Some(SourceHealth::Retrying { .. }))
    };
    assert!(!sink.close().await.iter().any(retries));
}

#[tokio::test]
async fn a_server_that_goes_down_or_comes_back_is_probed_at_once() {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    wait_for_write(&mut sink, ProbeOutcome::Ok).await;
    // Long before the next round, which starts after 15 s.
    let clock = sink.context.feed.clock();
    let start = clock.elapsed();
    api.go_away();
    wait_for_write(&mut sink, ProbeOutcome::Failed(ProbeError::Refused)).await;
    api.come_back();
    wait_for_write(&mut sink, ProbeOutcome::Ok).await;
    let took = clock.elapsed() - start;
    assert!(took < std::time::Duration::from_secs(12), "{took:?}");
    sink.close().await;
}

#[tokio::test]
async fn without_an_answer_there_is_no_fact_about_the_scheduler() {
    let api = FakeApi::start();
    api.set_mode(Mode::Hang);
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    wait_for_write(&mut sink, ProbeOutcome::Failed(ProbeError::Timeout)).await;
    let received = sink.close().await;
    assert!(!received.iter().any(|observation| matches!(observation, Observation::Leader(_))), "{received:?}");
}

const WORKER: &str = "demo-worker";
const PS: &str = include_str!("../fixtures/crictl/ps.json");

fn run_runtime(sink: &mut ObservationSink, engine: &FakeEngine, workers: &[&str]) {
    let (view, engine) = (watch::channel(Some(cluster(workers))).1, Engine::at(engine.host()));
    let list = move |worker| runtime::crictl(engine.clone(), worker);
    sink.spawn(runtime::run(sink.context.clone(), view, list));
}

async fn wait_for_list(sink: &mut ObservationSink, worker: &str) -> RuntimeOutcome {
    sink.wait(&format!("the containers of {worker}"), |observation| match observation {
        Observation::Runtime(probe) if probe.worker == worker => Some(probe.outcome.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn the_running_containers_of_each_worker_are_listed_without_an_api_server() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None, None]);
    engine.change(WORKER, |container| container.crictl = PS.to_owned());
    let mut sink = ObservationSink::new();
    run_runtime(&mut sink, &engine, &[WORKER, "demo-worker2"]);
    let RuntimeOutcome::Running(running) = wait_for_list(&mut sink, WORKER).await else { panic!("containers") };
    let httpbin = RunningContainer {
        pod: "default/httpbin-5794fb989c-bvxwx".to_owned(),
        name: "httpbin".to_owned(),
        attempt: 2,
        id: "da89c86d5de08".to_owned(),
    };
    assert!(running.len() == 3 && running.contains(&httpbin), "{running:?}");
    sink.wait_live(SourceId::Runtime).await;
    sink.close().await;
    assert_eq!(engine.running_execs(), 0);
}

#[tokio::test]
async fn a_worker_whose_list_fails_is_reported_and_the_others_are_listed() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None, None, None]);
    engine.change(WORKER, |container| container.exec_failure = Some((127, "crictl: not found".to_owned())));
    engine.change("demo-worker2", |container| container.crictl = "no list".to_owned());
    let mut sink = ObservationSink::new();
    run_runtime(&mut sink, &engine, &[WORKER, "demo-worker2", "demo-worker3"]);
    sink.wait_error(SourceId::Runtime, "demo-worker").await;
    let received = sink.close().await;
    let outcome = |name: &str| {
        received.iter().find_map(|observation| match observation {
            Observation::Runtime(probe) if probe.worker == name => Some(probe.outcome.clone()),
            _ => None,
        })
    };
    assert_eq!(outcome("demo-worker3"), Some(RuntimeOutcome::Running(Vec::new())));
    for (worker, message) in [(WORKER, "has no crictl"), ("demo-worker2", "did not print a list")] {
        let Some(RuntimeOutcome::Failed(error)) = outcome(worker) else { panic!("{worker}: {received:?}") };
        assert!(error.contains(message) && error.contains(worker), "{error}");
    }
}

#[tokio::test]
async fn the_containers_are_listed_at_once_when_the_api_server_goes_down_or_comes_back() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None]);
    let mut sink = ObservationSink::new();
    run_runtime(&mut sink, &engine, &[WORKER]);
    sink.wait_live(SourceId::Runtime).await;
    let clock = sink.context.feed.clock();
    let start = clock.elapsed();
    sink.context.api_server.set_down(true);
    wait_for_list(&mut sink, WORKER).await;
    sink.context.api_server.set_down(false);
    wait_for_list(&mut sink, WORKER).await;
    let took = clock.elapsed() - start;
    assert!(took < std::time::Duration::from_secs(9), "{took:?}");
    sink.close().await;
}

#[tokio::test]
async fn an_engine_that_hangs_does_not_delay_the_end() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None]);
    engine.set_mode(crate::fake_engine::Mode::Hang);
    let mut sink = ObservationSink::new();
    run_runtime(&mut sink, &engine, &[WORKER]);
    // The source waits for an answer that does not come.
    sink.wait("connecting", |observation| crate::observations::health(observation, &SourceId::Runtime).map(drop)).await;
    sink.close().await;
}
