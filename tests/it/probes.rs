//! The health and traffic sources against fake servers.

use blackout::{
    observation::{
        Cluster, ClusterNode, HealthCheck, HealthProbe, NodeRole, Observation, ProbeError, ProbeOutcome, SourceHealth,
        SourceId, TrafficOutcome, TrafficProbe,
    },
    source::{access::ApiAccess, health, traffic},
};
use tokio::sync::watch;

use crate::{
    fake_api::{FakeApi, Mode},
    observations::{ObservationSink, health as health_of},
};

fn cluster(endpoint: Option<String>, workers: &[(&str, Option<String>)]) -> Cluster {
    let node = |(name, node_port): &(&str, Option<String>)| ClusterNode {
        name: (*name).to_owned(),
        role: NodeRole::Worker,
        node_port: node_port.clone(),
    };
    Cluster {
        name: "demo".to_owned(),
        context: "kind-demo".to_owned(),
        api_endpoint: endpoint,
        nodes: workers.iter().map(node).collect(),
    }
}

fn run_health(sink: &mut ObservationSink, api: &FakeApi) {
    let view = watch::channel(Some(cluster(Some(api.endpoint()), &[]))).1;
    sink.spawn(health::run(sink.context.clone(), ApiAccess::Plain { url: api.url() }, view));
}

async fn wait_for_check(sink: &mut ObservationSink, check: HealthCheck, outcome: ProbeOutcome) -> HealthProbe {
    sink.wait(&format!("{check:?} {outcome:?}"), |observation| match observation {
        Observation::Health(probe) if probe.check == check && probe.outcome == outcome => Some(probe.clone()),
        _ => None,
    })
    .await
}

async fn wait_for_traffic(sink: &mut ObservationSink, outcome: TrafficOutcome) -> TrafficProbe {
    sink.wait(&format!("traffic {outcome:?}"), |observation| match observation {
        Observation::Traffic(probe) if probe.outcome == outcome => Some(probe.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_healthy_server_passes_all_three_checks() {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    sink.wait_live(SourceId::Health).await;
    let received: Vec<_> = sink
        .received()
        .iter()
        .filter_map(|observation| match observation {
            Observation::Health(probe) => Some((probe.check, probe.outcome.clone())),
            _ => None,
        })
        .collect();
    for check in [HealthCheck::Port, HealthCheck::Livez, HealthCheck::Readyz] {
        assert!(received.contains(&(check, ProbeOutcome::Ok)), "{received:?}");
    }
    sink.close().await;
}

#[tokio::test]
async fn each_failure_has_its_kind() {
    let failed = ProbeOutcome::Failed;
    // Each runs against a server of its own, all at once, because the checks run once a second.
    let failures = [
        (Some(Mode::Reset), failed(ProbeError::Reset)),
        (Some(Mode::Close), failed(ProbeError::Eof)),
        (Some(Mode::Hang), failed(ProbeError::Timeout)),
        (Some(Mode::Status(403)), ProbeOutcome::Status(403)),
        (Some(Mode::Status(503)), ProbeOutcome::Status(503)),
        (None, failed(ProbeError::Refused)),
    ];
    futures_util::future::join_all(failures.map(|(mode, outcome)| fails_and_recovers(mode, outcome))).await;
}

/// Checks a server that fails in a mode, or whose port is closed if it is `None`, and then recovers.
async fn fails_and_recovers(mode: Option<Mode>, outcome: ProbeOutcome) {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    sink.wait_live(SourceId::Health).await;
    let mut port = ProbeOutcome::Ok;
    match mode {
        Some(mode) => api.set_mode(mode),
        None => {
            port = outcome.clone();
            api.go_away();
        }
    }
    wait_for_check(&mut sink, HealthCheck::Readyz, outcome.clone()).await;
    wait_for_check(&mut sink, HealthCheck::Livez, outcome).await;
    wait_for_check(&mut sink, HealthCheck::Port, port).await;
    match mode {
        Some(_) => api.set_mode(Mode::Healthy),
        None => api.come_back(),
    }
    wait_for_check(&mut sink, HealthCheck::Readyz, ProbeOutcome::Ok).await;
    let received = sink.close().await;
    let reports: Vec<_> = received.iter().filter_map(|observation| health_of(observation, &SourceId::Health)).collect();
    assert_eq!(reports, [&SourceHealth::Connecting, &SourceHealth::Live], "a failed check is a fact, not a failure");
}

#[tokio::test]
async fn the_named_checks_of_a_server_that_is_not_ready_are_sent() {
    let api = FakeApi::start();
    api.set_ready(false);
    let mut sink = ObservationSink::new();
    run_health(&mut sink, &api);
    let probe = wait_for_check(&mut sink, HealthCheck::Readyz, ProbeOutcome::Status(500)).await;
    let checks: Vec<_> = probe.checks.iter().map(|check| (check.name.as_str(), check.ok)).collect();
    assert_eq!(checks, [("ping", true), ("etcd", false)]);
    sink.close().await;
}

#[tokio::test]
async fn a_recovery_is_notified_and_the_first_success_is_not() {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    let recovered = sink.context.api_server.recovered.clone();
    let mut recovery = recovered.subscribe();
    run_health(&mut sink, &api);
    wait_for_check(&mut sink, HealthCheck::Readyz, ProbeOutcome::Ok).await;
    assert!(futures_util::FutureExt::now_or_never(recovery.recv()).is_none());
    api.set_ready(false);
    wait_for_check(&mut sink, HealthCheck::Readyz, ProbeOutcome::Status(500)).await;
    api.set_ready(true);
    recovery.recv().await;
    sink.close().await;
}

#[tokio::test]
async fn the_port_is_checked_even_without_a_kubeconfig() {
    let api = FakeApi::start();
    let mut sink = ObservationSink::new();
    let access = ApiAccess::Kubeconfig { file: Some("/nowhere/kubeconfig".into()), context: None };
    let view = watch::channel(Some(cluster(Some(api.endpoint()), &[]))).1;
    sink.spawn(health::run(sink.context.clone(), access, view));
    wait_for_check(&mut sink, HealthCheck::Port, ProbeOutcome::Ok).await;
    sink.wait_error(SourceId::Health, "no kubeconfig at /nowhere/kubeconfig").await;
    sink.close().await;
}

#[tokio::test]
async fn each_slot_of_each_worker_gets_one_request() {
    let httpbin = FakeApi::start();
    let mut sink = ObservationSink::new();
    let address = Some(httpbin.endpoint());
    let view = watch::channel(Some(cluster(None, &[("w1", address.clone()), ("w2", address)]))).1;
    sink.spawn(traffic::run(sink.context.clone(), view, 30090));
    sink.wait_live(SourceId::Traffic).await;
    while sink
        .wait("a request", |observation| match observation {
            Observation::Traffic(probe) => Some(probe.slot),
            _ => None,
        })
        .await
        < 3
    {}
    let received = sink.close().await;
    for worker in ["w1", "w2"] {
        let mut slots: Vec<_> = received
            .iter()
            .filter_map(|observation| match observation {
                Observation::Traffic(probe) if probe.worker == worker => Some(probe.slot),
                _ => None,
            })
            .collect();
        slots.sort_unstable();
        let expected: Vec<_> = (0..slots.len() as u64).collect();
        assert_eq!(slots, expected, "{worker}");
    }
}

#[tokio::test]
async fn each_failure_and_recovery_of_the_workload_is_a_fact() {
    let httpbin = FakeApi::start();
    let mut sink = ObservationSink::new();
    let view = watch::channel(Some(cluster(None, &[("w1", Some(httpbin.endpoint()))]))).1;
    sink.spawn(traffic::run(sink.context.clone(), view, 30090));
    let probe = wait_for_traffic(&mut sink, TrafficOutcome::Answered(200)).await;
    assert!(probe.latency_us > 0);
    for (mode, outcome) in [
        (Mode::Status(502), TrafficOutcome::Answered(502)),
        (Mode::Reset, TrafficOutcome::Failed(ProbeError::Reset)),
        (Mode::Close, TrafficOutcome::Failed(ProbeError::Eof)),
        (Mode::Hang, TrafficOutcome::Failed(ProbeError::Timeout)),
    ] {
        httpbin.set_mode(mode);
        wait_for_traffic(&mut sink, outcome).await;
    }
    httpbin.go_away();
    wait_for_traffic(&mut sink, TrafficOutcome::Failed(ProbeError::Refused)).await;
    httpbin.set_mode(Mode::Healthy);
    httpbin.come_back();
    wait_for_traffic(&mut sink, TrafficOutcome::Answered(200)).await;
    sink.close().await;
}

#[tokio::test]
async fn a_worker_without_a_node_port_is_reported_with_the_remedy_and_the_others_get_requests() {
    let httpbin = FakeApi::start();
    let mut sink = ObservationSink::new();
    let (cluster_sender, view) = watch::channel(Some(cluster(None, &[("w1", Some(httpbin.endpoint())), ("w2", None)])));
    sink.spawn(traffic::run(sink.context.clone(), view, 30090));
    let error = sink.wait_retrying(SourceId::Traffic).await;
    assert!(error.contains("30090") && error.contains("w2") && error.contains("kind-config.yaml"), "{error}");
    wait_for_traffic(&mut sink, TrafficOutcome::Answered(200)).await;
    let address = Some(httpbin.endpoint());
    cluster_sender.send_replace(Some(cluster(None, &[("w1", address.clone()), ("w2", address)])));
    sink.wait_live(SourceId::Traffic).await;
    sink.wait("a request to the other worker", |observation| match observation {
        Observation::Traffic(probe) => (probe.worker == "w2").then_some(()),
        _ => None,
    })
    .await;
    sink.close().await;
}
