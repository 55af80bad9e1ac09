//! The watches of the API server.

use blackout::{
    observation::{Cluster, Listed, ListedResource, NodeReadiness, Observation, SourceHealth, SourceId},
    source::{access::ApiAccess, health, kubernetes},
};
use tokio::sync::watch;

use crate::{
    ears::{self, Ears, until},
    fake_api::{FakeApi, Mode, kubeconfig, lease, node, pod},
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

fn run(ears: &mut Ears, api: &FakeApi, resource: ListedResource) {
    let access = ApiAccess::Plain { url: api.url() };
    ears.run(kubernetes::run(ears.context.clone(), resource, access, cluster(None)));
}

fn run_health(ears: &mut Ears, api: &FakeApi) {
    let access = ApiAccess::Plain { url: api.url() };
    ears.run(health::run(ears.context.clone(), access, cluster(None)));
}

async fn listed(ears: &mut Ears, wanted: ListedResource) -> Vec<String> {
    ears.wait("a list", |said| match said {
        Observation::Listed(Listed { resource, names, .. }) if *resource == wanted => Some(names.clone()),
        _ => None,
    })
    .await
}

async fn readiness(ears: &mut Ears, name: &str, wanted: NodeReadiness) {
    ears.wait(&format!("{name} {wanted:?}"), |said| match said {
        Observation::Node(node) if node.name == name && node.ready == wanted => Some(()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_list_is_said_whole_and_then_each_change() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    assert_eq!(listed(&mut ears, ListedResource::Nodes).await, ["demo-control-plane", "demo-worker"]);
    ears.wait_live(SourceId::Nodes).await;
    api.put("nodes", node("demo-worker", "Unknown"));
    readiness(&mut ears, "demo-worker", NodeReadiness::Unknown).await;
    api.delete("nodes", "demo-worker");
    let gone = ears.wait("gone", |said| match said {
        Observation::Gone { resource, name } => Some((*resource, name.clone())),
        _ => None,
    });
    assert_eq!(gone.await, (ListedResource::Nodes, "demo-worker".to_owned()));
    ears.close().await;
}

#[tokio::test]
async fn pods_and_leases_become_facts() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Pods);
    ears.wait_live(SourceId::Pods).await;
    run(&mut ears, &api, ListedResource::Leases);
    ears.wait_live(SourceId::Leases).await;
    let said = ears.close().await;
    let pods: Vec<_> = said
        .iter()
        .filter_map(|said| match said {
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
    let renewed = said.iter().find_map(|said| match said {
        Observation::Lease { node, renewed } if node == "demo-worker" => Some(renewed.to_rfc3339()),
        _ => None,
    });
    assert_eq!(renewed.as_deref(), Some("2026-11-22T09:00:00.123456+00:00"));
}

#[tokio::test]
async fn an_outage_takes_nothing_back_and_a_resumed_watch_is_live_without_an_event() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    ears.wait_live(SourceId::Nodes).await;
    ears.forget();
    api.go_away();
    let reason = ears.wait_retrying(SourceId::Nodes).await;
    assert!(reason.contains("port is closed"), "{reason}");
    api.come_back();
    ears.wait_live(SourceId::Nodes).await;
    let said = ears.close().await;
    assert!(said.iter().all(|said| matches!(said, Observation::Source(_))), "{said:?}");
}

#[tokio::test]
async fn the_health_source_wakes_a_watch_that_is_silently_dead() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    ears.wait_live(SourceId::Nodes).await;
    run_health(&mut ears, &api);
    ears.wait_live(SourceId::Health).await;
    // the watch's connection stays open and will never say anything again
    api.set_mode(Mode::Hang);
    ears.wait("a check that timed out", |said| match said {
        Observation::Health(probe) => {
            use blackout::observation::{HealthCheck, ProbeError, ProbeOutcome};
            (probe.check == HealthCheck::Readyz && probe.outcome == ProbeOutcome::Failed(ProbeError::Timeout))
                .then_some(())
        }
        _ => None,
    })
    .await;
    api.put("nodes", node("demo-worker", "False"));
    api.set_mode(Mode::Well);
    readiness(&mut ears, "demo-worker", NodeReadiness::NotReady).await;
    ears.close().await;
}

#[tokio::test]
async fn history_that_is_gone_gives_a_new_list_and_never_a_blank() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    ears.wait_live(SourceId::Nodes).await;
    ears.forget();
    api.go_away();
    ears.wait_retrying(SourceId::Nodes).await;
    api.delete("nodes", "demo-worker");
    api.compact();
    api.come_back();
    assert_eq!(listed(&mut ears, ListedResource::Nodes).await, ["demo-control-plane"]);
    let said = ears.close().await;
    assert!(!said.iter().any(|said| matches!(said, Observation::Gone { .. })), "the list says who is gone");
}

#[tokio::test]
async fn every_way_to_fail_is_named_and_survived() {
    let api = demo();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    ears.wait_live(SourceId::Nodes).await;
    for (mode, words) in [
        (Mode::Status(503), "503"),
        (Mode::Status(403), "403"),
        (Mode::Status(401), "401"),
        (Mode::Reset, "was cut"),
        (Mode::Close, "was cut"),
        (Mode::Half, "closes each watch"),
        (Mode::Hang, "does not answer"),
    ] {
        api.set_mode(mode);
        if mode == Mode::Hang {
            // an open watch falls silent: what finds that out is another test's matter
            ears.context.api_server.recovered.notify();
        }
        ears.wait_reason(SourceId::Nodes, words).await;
        api.set_mode(Mode::Well);
        ears.wait_live(SourceId::Nodes).await;
    }
    api.put("nodes", node("demo-worker", "False"));
    readiness(&mut ears, "demo-worker", NodeReadiness::NotReady).await;
    ears.close().await;
}

#[tokio::test]
async fn a_403_just_after_the_start_is_a_server_that_is_starting() {
    let api = demo();
    api.set_mode(Mode::Status(403));
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Pods);
    ears.wait_reason(SourceId::Pods, "still being loaded").await;
    api.set_mode(Mode::Well);
    ears.wait_live(SourceId::Pods).await;
    ears.close().await;
}

#[tokio::test]
async fn the_same_trouble_is_said_once() {
    let api = demo();
    api.go_away();
    let mut ears = Ears::open();
    run(&mut ears, &api, ListedResource::Nodes);
    run_health(&mut ears, &api);
    ears.wait_retrying(SourceId::Nodes).await;
    for _ in 0..9 {
        ears.wait("a check", |said| matches!(said, Observation::Health(_)).then_some(())).await;
    }
    let said = ears.close().await;
    let reports: Vec<_> = said.iter().filter_map(|said| ears::health(said, &SourceId::Nodes)).collect();
    assert!(matches!(reports[..], [SourceHealth::Connecting, SourceHealth::Retrying { .. }]), "{reports:?}");
}

#[tokio::test]
async fn a_kubeconfig_that_comes_late_is_found() {
    let api = demo();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let access = ApiAccess::Kubeconfig { file: Some(file), context: None };
    let mut ears = Ears::open();
    let view = cluster(Some(api.endpoint()));
    ears.run(kubernetes::run(ears.context.clone(), ListedResource::Nodes, access, view));
    ears.wait_reason(SourceId::Nodes, "there is no kubeconfig").await;
    api.write_kubeconfig(folder.path(), "kind-other");
    let reason = ears.wait_reason(SourceId::Nodes, "no context `kind-demo`").await;
    assert!(reason.contains("it has kind-other"), "{reason}");
    std::fs::write(folder.path().join("kubeconfig"), kubeconfig("http://127.0.0.1:1", "kind-demo")).unwrap();
    let reason = ears.wait_reason(SourceId::Nodes, "leads to 127.0.0.1:1").await;
    assert!(reason.contains(&api.endpoint()), "{reason}");
    std::fs::write(folder.path().join("kubeconfig"), "contexts: [").unwrap();
    ears.wait_reason(SourceId::Nodes, "cannot be read").await;
    api.write_kubeconfig(folder.path(), "kind-demo");
    ears.wait_live(SourceId::Nodes).await;
    ears.close().await;
}

#[tokio::test]
async fn it_waits_for_the_cluster_to_be_found_and_follows_it_to_another_address() {
    let (first, second) = (demo(), demo());
    let folder = tempfile::tempdir().unwrap();
    let file = first.write_kubeconfig(folder.path(), "kind-demo");
    let (found, view) = watch::channel(None);
    let mut ears = Ears::open();
    let access = ApiAccess::Kubeconfig { file: Some(file), context: None };
    ears.run(kubernetes::run(ears.context.clone(), ListedResource::Nodes, access, view));
    ears.wait("connecting", |said| (ears::health(said, &SourceId::Nodes)? == &SourceHealth::Connecting).then_some(()))
        .await;
    found.send_replace(cluster(Some(first.endpoint())).borrow().clone());
    ears.wait_live(SourceId::Nodes).await;
    // the cluster is made anew, and its kubeconfig after it
    found.send_replace(cluster(Some(second.endpoint())).borrow().clone());
    ears.wait_reason(SourceId::Nodes, "leads to").await;
    second.write_kubeconfig(folder.path(), "kind-demo");
    ears.wait_live(SourceId::Nodes).await;
    until("the second is asked", || second.asked().iter().any(|asked| asked == "WATCH /api/v1/nodes")).await;
    ears.close().await;
}
