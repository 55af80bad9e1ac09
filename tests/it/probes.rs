//! The health checks of the control plane, and the traffic to the workload.

use blackout::{
    observation::{
        Cluster, ClusterNode, HealthCheck, HealthProbe, NodeRole, Observation, ProbeError, ProbeOutcome, SourceHealth,
        SourceId, TrafficOutcome, TrafficProbe,
    },
    source::{access::ApiAccess, health, traffic},
};
use tokio::sync::watch;

use crate::{
    ears::{self, Ears},
    fake_api::{FakeApi, Mode},
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

fn run_health(ears: &mut Ears, api: &FakeApi) {
    let view = watch::channel(Some(cluster(Some(api.endpoint()), &[]))).1;
    ears.run(health::run(ears.context.clone(), ApiAccess::Plain { url: api.url() }, view));
}

async fn check(ears: &mut Ears, wanted: HealthCheck, outcome: ProbeOutcome) -> HealthProbe {
    ears.wait(&format!("{wanted:?} {outcome:?}"), |said| match said {
        Observation::Health(probe) if probe.check == wanted && probe.outcome == outcome => Some(probe.clone()),
        _ => None,
    })
    .await
}

async fn answer(ears: &mut Ears, outcome: TrafficOutcome) -> TrafficProbe {
    ears.wait(&format!("traffic {outcome:?}"), |said| match said {
        Observation::Traffic(probe) if probe.outcome == outcome => Some(probe.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_healthy_server_passes_all_three_checks() {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    ears.wait_live(SourceId::Health).await;
    let heard: Vec<_> = ears
        .heard()
        .iter()
        .filter_map(|said| match said {
            Observation::Health(probe) => Some((probe.check, probe.outcome.clone())),
            _ => None,
        })
        .collect();
    for check in [HealthCheck::Port, HealthCheck::Livez, HealthCheck::Readyz] {
        assert!(heard.contains(&(check, ProbeOutcome::Ok)), "{heard:?}");
    }
    ears.close().await;
}

#[tokio::test]
async fn each_way_to_fail_has_its_name() {
    let failed = ProbeOutcome::Failed;
    // each against a server of its own, all at once: the checks come once a second
    let ways = [
        (Some(Mode::Reset), failed(ProbeError::Reset)),
        (Some(Mode::Close), failed(ProbeError::Eof)),
        (Some(Mode::Hang), failed(ProbeError::Timeout)),
        (Some(Mode::Status(403)), ProbeOutcome::Status(403)),
        (Some(Mode::Status(503)), ProbeOutcome::Status(503)),
        (None, failed(ProbeError::Refused)),
    ];
    futures_util::future::join_all(ways.map(|(mode, outcome)| fails_and_recovers(mode, outcome))).await;
}

/// A server that fails in a mode, or whose port is closed, and then is well again.
async fn fails_and_recovers(mode: Option<Mode>, outcome: ProbeOutcome) {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    ears.wait_live(SourceId::Health).await;
    let mut port = ProbeOutcome::Ok;
    match mode {
        Some(mode) => api.set_mode(mode),
        None => {
            port = outcome.clone();
            api.go_away();
        }
    }
    check(&mut ears, HealthCheck::Readyz, outcome.clone()).await;
    check(&mut ears, HealthCheck::Livez, outcome).await;
    check(&mut ears, HealthCheck::Port, port).await;
    match mode {
        Some(_) => api.set_mode(Mode::Well),
        None => api.come_back(),
    }
    check(&mut ears, HealthCheck::Readyz, ProbeOutcome::Ok).await;
    let said = ears.close().await;
    let reports: Vec<_> = said.iter().filter_map(|said| ears::health(said, &SourceId::Health)).collect();
    assert_eq!(reports, [&SourceHealth::Connecting, &SourceHealth::Live], "a failed check is a fact, not a failure");
}

#[tokio::test]
async fn the_named_checks_of_a_server_that_is_not_ready_are_said() {
    let api = FakeApi::start();
    api.set_ready(false);
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    let probe = check(&mut ears, HealthCheck::Readyz, ProbeOutcome::Status(500)).await;
    let checks: Vec<_> = probe.checks.iter().map(|check| (check.name.as_str(), check.ok)).collect();
    assert_eq!(checks, [("ping", true), ("etcd", false)]);
    ears.close().await;
}

#[tokio::test]
async fn readiness_that_returns_is_announced_and_readiness_that_was_there_is_not() {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    let recovered = ears.context.api_server.recovered.clone();
    let mut first = recovered.subscribe();
    run_health(&mut ears, &api);
    check(&mut ears, HealthCheck::Readyz, ProbeOutcome::Ok).await;
    assert!(futures_util::FutureExt::now_or_never(first.recv()).is_none());
    api.set_ready(false);
    check(&mut ears, HealthCheck::Readyz, ProbeOutcome::Status(500)).await;
    api.set_ready(true);
    first.recv().await;
    ears.close().await;
}

#[tokio::test]
async fn the_port_is_checked_without_a_kubeconfig_too() {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    let access = ApiAccess::Kubeconfig { file: Some("/nowhere/kubeconfig".into()), context: None };
    let view = watch::channel(Some(cluster(Some(api.endpoint()), &[]))).1;
    ears.run(health::run(ears.context.clone(), access, view));
    check(&mut ears, HealthCheck::Port, ProbeOutcome::Ok).await;
    ears.wait_reason(SourceId::Health, "there is no kubeconfig at /nowhere/kubeconfig").await;
    ears.close().await;
}

#[tokio::test]
async fn every_slot_of_every_worker_is_probed_once() {
    let httpbin = FakeApi::start();
    let mut ears = Ears::open();
    let at = Some(httpbin.endpoint());
    let view = watch::channel(Some(cluster(None, &[("w1", at.clone()), ("w2", at)]))).1;
    ears.run(traffic::run(ears.context.clone(), view, 30090));
    ears.wait_live(SourceId::Traffic).await;
    while ears
        .wait("a probe", |said| match said {
            Observation::Traffic(probe) => Some(probe.slot),
            _ => None,
        })
        .await
        < 3
    {}
    let said = ears.close().await;
    for worker in ["w1", "w2"] {
        let mut slots: Vec<_> = said
            .iter()
            .filter_map(|said| match said {
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
async fn a_workload_that_fails_and_comes_back_is_a_fact_each_time() {
    let httpbin = FakeApi::start();
    let mut ears = Ears::open();
    let view = watch::channel(Some(cluster(None, &[("w1", Some(httpbin.endpoint()))]))).1;
    ears.run(traffic::run(ears.context.clone(), view, 30090));
    let probe = answer(&mut ears, TrafficOutcome::Answered(200)).await;
    assert!(probe.latency_us > 0);
    for (mode, outcome) in [
        (Mode::Status(502), TrafficOutcome::Answered(502)),
        (Mode::Reset, TrafficOutcome::Failed(ProbeError::Reset)),
        (Mode::Close, TrafficOutcome::Failed(ProbeError::Eof)),
        (Mode::Hang, TrafficOutcome::Failed(ProbeError::Timeout)),
    ] {
        httpbin.set_mode(mode);
        answer(&mut ears, outcome).await;
    }
    httpbin.go_away();
    answer(&mut ears, TrafficOutcome::Failed(ProbeError::Refused)).await;
    httpbin.set_mode(Mode::Well);
    httpbin.come_back();
    answer(&mut ears, TrafficOutcome::Answered(200)).await;
    ears.close().await;
}

#[tokio::test]
async fn a_worker_without_the_node_port_is_named_with_the_fix_and_the_others_are_probed() {
    let httpbin = FakeApi::start();
    let mut ears = Ears::open();
    let (found, view) = watch::channel(Some(cluster(None, &[("w1", Some(httpbin.endpoint())), ("w2", None)])));
    ears.run(traffic::run(ears.context.clone(), view, 30090));
    let reason = ears.wait_retrying(SourceId::Traffic).await;
    assert!(reason.contains("30090") && reason.contains("w2") && reason.contains("kind-config.yaml"), "{reason}");
    answer(&mut ears, TrafficOutcome::Answered(200)).await;
    let at = Some(httpbin.endpoint());
    found.send_replace(Some(cluster(None, &[("w1", at.clone()), ("w2", at)])));
    ears.wait_live(SourceId::Traffic).await;
    ears.wait("the other worker's probe", |said| match said {
        Observation::Traffic(probe) => (probe.worker == "w2").then_some(()),
        _ => None,
    })
    .await;
    ears.close().await;
}
