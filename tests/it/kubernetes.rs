//! The watches against a fake API server.

use blackout::{
    observation::{Cluster, Listed, ListedResource, NodeReadiness, Observation, SourceHealth, SourceId},
    source::{access::ApiAccess, health, kubernetes},
};
use tokio::sync::watch;

use crate::{
    fake_api::{FakeApi, Mode, kubeconfig, lease, node, pod},
    observations::{ObservationSink, health as health_of, until},
};

fn demo() -> FakeApi {
    let api = FakeApi::start();
    for name in ["demo-control-plane", "demo-worker"] {
        api.put("nodes", node(name, "True"));
        api.put("leases", lease(name, "2026-11-22T09:00:00.123456Z"));
    }
    api.put("pods", pod("default", "httpbin-1", "httpbin"));
    api.put("pods", pod("kube-system", "etcd", "etcd"));
    api
}

fn cluster(endpoint: Option<String>) -> watch::Receiver<Option<Cluster>> {
    let cluster =
        Cluster { name: "demo".to_owned(), context: "kind-demo".to_owned(), api_endpoint: endpoint, nodes: Vec::new() };
    watch::channel(Some(cluster)).1
}

fn run(sink: &mut ObservationSink, api: &FakeApi, resource: ListedResource) {
    let access = ApiAccess::Plain { url: api.url() };
    sink.spawn(kubernetes::run(sink.context.clone(), resource, access, cluster(None)));
}

fn run_health(sink: &mut ObservationSink, api: &FakeApi) {
    let access = ApiAccess::Plain { url: api.url() };
    sink.spawn(health::run(sink.context.clone(), access, cluster(None)));
}

async fn wait_for_list(sink: &mut ObservationSink, kind: ListedResource) -> Vec<String> {
    sink.wait("a list", |observation| match observation {
        Observation::Listed(Listed { resource, names, .. }) if *resource == kind => Some(names.clone()),
        _ => None,
    })
    .await
}

async fn wait_for_readiness(sink: &mut ObservationSink, name: &str, ready: NodeReadiness) {
    sink.wait(&format!("{name} {ready:?}"), |observation| match observation {
        Observation::Node(node) if node.name == name && node.ready == ready => Some(()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_list_is_sent_completely_and_then_each_change() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    assert_eq!(wait_for_list(&mut sink, ListedResource::Nodes).await, ["demo-control-plane", "demo-worker"]);
    sink.wait_live(SourceId::Nodes).await;
    api.put("nodes", node("demo-worker", "Unknown"));
    wait_for_readiness(&mut sink, "demo-worker", NodeReadiness::Unknown).await;
    api.delete("nodes", "demo-worker");
    let gone = sink.wait("gone", |observation| match observation {
        Observation::Gone { resource, name } => Some((*resource, name.clone())),
        _ => None,
    });
    assert_eq!(gone.await, (ListedResource::Nodes, "demo-worker".to_owned()));
    sink.close().await;
}

#[tokio::test]
async fn pods_and_leases_become_facts() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Pods);
    sink.wait_live(SourceId::Pods).await;
    run(&mut sink, &api, ListedResource::Leases);
    sink.wait_live(SourceId::Leases).await;
    let received = sink.close().await;
    let pods: Vec<_> = received
        .iter()
        .filter_map(|observation| match observation {
            Observation::Pod(pod) => {
                Some((pod.key(), pod.workload, pod.status.as_str(), pod.ready, pod.containers, pod.restarts))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        pods,
        [
            ("default/httpbin-1".to_owned(), true, "Running", 1, 1, 2),
            ("kube-system/etcd".to_owned(), false, "Running", 1, 1, 2)
        ]
    );
    let renewed = received.iter().find_map(|observation| match observation {
        Observation::Lease { node, renewed } if node == "demo-worker" => Some(renewed.to_rfc3339()),
        _ => None,
    });
    assert_eq!(renewed.as_deref(), Some("2026-11-22T09:00:00.123456+00:00"));
}

#[tokio::test]
async fn an_outage_removes_no_fact_and_a_resumed_watch_is_live_without_an_event() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    sink.wait_live(SourceId::Nodes).await;
    sink.clear();
    api.go_away();
    let error = sink.wait_retrying(SourceId::Nodes).await;
    assert!(error.contains("port is closed"), "{error}");
    api.come_back();
    sink.wait_live(SourceId::Nodes).await;
    let received = sink.close().await;
    assert!(received.iter().all(|observation| matches!(observation, Observation::Source(_))), "{received:?}");
}

#[tokio::test]
async fn a_recovery_found_by_the_health_checks_restarts_a_dead_watch() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    sink.wait_live(SourceId::Nodes).await;
    run_health(&mut sink, &api);
    sink.wait_live(SourceId::Health).await;
    // The connection of the watch stays open and will never send anything again.
    api.set_mode(Mode::Hang);
    sink.wait("a check that timed out", |observation| match observation {
        Observation::Health(probe) => {
            use blackout::observation::{HealthCheck, ProbeError, ProbeOutcome};
            (probe.check == HealthCheck::Readyz && probe.outcome == ProbeOutcome::Failed(ProbeError::Timeout))
                .then_some(())
        }
        _ => None,
    })
    .await;
    api.put("nodes", node("demo-worker", "False"));
    api.set_mode(Mode::Healthy);
    wait_for_readiness(&mut sink, "demo-worker", NodeReadiness::NotReady).await;
    sink.close().await;
}

#[tokio::test]
async fn a_watch_whose_position_is_too_old_gets_a_new_list() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    sink.wait_live(SourceId::Nodes).await;
    sink.clear();
    api.go_away();
    sink.wait_retrying(SourceId::Nodes).await;
    api.delete("nodes", "demo-worker");
    api.compact();
    api.come_back();
    assert_eq!(wait_for_list(&mut sink, ListedResource::Nodes).await, ["demo-control-plane"]);
    let received = sink.close().await;
    assert!(
        !received.iter().any(|observation| matches!(observation, Observation::Gone { .. })),
        "the list implies which objects are gone"
    );
}

#[tokio::test]
async fn each_failure_is_reported_and_survived() {
    let api = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    sink.wait_live(SourceId::Nodes).await;
    for (mode, message) in [
        (Mode::Status(503), "503"),
        (Mode::Status(403), "403"),
        (Mode::Status(401), "401"),
        (Mode::Reset, "was closed"),
        (Mode::Close, "was closed"),
        (Mode::Half, "closes each watch"),
        (Mode::Hang, "does not answer"),
    ] {
        api.set_mode(mode);
        if mode == Mode::Hang {
            // The open watch falls silent, which another test covers.
            sink.context.api_server.recovered.notify();
        }
        sink.wait_error(SourceId::Nodes, message).await;
        api.set_mode(Mode::Healthy);
        sink.wait_live(SourceId::Nodes).await;
    }
    api.put("nodes", node("demo-worker", "False"));
    wait_for_readiness(&mut sink, "demo-worker", NodeReadiness::NotReady).await;
    sink.close().await;
}

#[tokio::test]
async fn a_403_is_reported_as_a_server_that_is_starting() {
    let api = demo();
    api.set_mode(Mode::Status(403));
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Pods);
    sink.wait_error(SourceId::Pods, "still being loaded").await;
    api.set_mode(Mode::Healthy);
    sink.wait_live(SourceId::Pods).await;
    sink.close().await;
}

#[tokio::test]
async fn the_same_failure_is_reported_once() {
    let api = demo();
    api.go_away();
    let mut sink = ObservationSink::new();
    run(&mut sink, &api, ListedResource::Nodes);
    run_health(&mut sink, &api);
    sink.wait_retrying(SourceId::Nodes).await;
    for _ in 0..9 {
        sink.wait("a check", |observation| matches!(observation, Observation::Health(_)).then_some(())).await;
    }
    let received = sink.close().await;
    let reports: Vec<_> = received.iter().filter_map(|observation| health_of(observation, &SourceId::Nodes)).collect();
    assert!(matches!(reports[..], [SourceHealth::Connecting, SourceHealth::Retrying { .. }]), "{reports:?}");
}

#[tokio::test]
async fn a_kubeconfig_that_is_written_later_is_found() {
    let api = demo();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let access = ApiAccess::Kubeconfig { file: Some(file), context: None };
    let mut sink = ObservationSink::new();
    let view = cluster(Some(api.endpoint()));
    sink.spawn(kubernetes::run(sink.context.clone(), ListedResource::Nodes, access, view));
    sink.wait_error(SourceId::Nodes, "no kubeconfig at").await;
    api.write_kubeconfig(folder.path(), "kind-other");
    let error = sink.wait_error(SourceId::Nodes, "no context `kind-demo`").await;
    assert!(error.contains("it has kind-other"), "{error}");
    std::fs::write(folder.path().join("kubeconfig"), kubeconfig("http://127.0.0.1:1", "kind-demo")).unwrap();
    let error = sink.wait_error(SourceId::Nodes, "leads to 127.0.0.1:1").await;
    assert!(error.contains(&api.endpoint()), "{error}");
    std::fs::write(folder.path().join("kubeconfig"), "contexts: [").unwrap();
    sink.wait_error(SourceId::Nodes, "cannot be read").await;
    api.write_kubeconfig(folder.path(), "kind-demo");
    sink.wait_live(SourceId::Nodes).await;
    sink.close().await;
}

#[tokio::test]
async fn a_watch_waits_for_the_cluster_and_follows_it_to_another_address() {
    let (first, second) = (demo(), demo());
    let folder = tempfile::tempdir().unwrap();
    let file = first.write_kubeconfig(folder.path(), "kind-demo");
    let (cluster_sender, view) = watch::channel(None);
    let mut sink = ObservationSink::new();
    let access = ApiAccess::Kubeconfig { file: Some(file), context: None };
    sink.spawn(kubernetes::run(sink.context.clone(), ListedResource::Nodes, access, view));
    sink.wait("connecting", |observation| {
        (health_of(observation, &SourceId::Nodes)? == &SourceHealth::Connecting).then_some(())
    })
    .await;
    cluster_sender.send_replace(cluster(Some(first.endpoint())).borrow().clone());
    sink.wait_live(SourceId::Nodes).await;
    // The cluster is recreated, and then its kubeconfig.
    cluster_sender.send_replace(cluster(Some(second.endpoint())).borrow().clone());
    sink.wait_error(SourceId::Nodes, "leads to").await;
    second.write_kubeconfig(folder.path(), "kind-demo");
    sink.wait_live(SourceId::Nodes).await;
    until("the second one is watched", || second.request_lines().iter().any(|asked| asked == "WATCH /api/v1/nodes"))
        .await;
    sink.close().await;
}
