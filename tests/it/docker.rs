//! The engine source against a fake engine.

use blackout::{
    engine::Engine,
    observation::{Cluster, EngineAction, Observation, RunState, SourceId},
    source::docker::{self, Discovery, EngineSource, discover},
};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    fake_engine::{FakeEngine, Mode, node},
    observations::{ObservationSink, health, until},
};

const CP: &str = "demo-control-plane";

/// Channels of a running engine source.
struct Channels {
    choice: watch::Sender<Option<String>>,
    discovery: watch::Receiver<Discovery>,
    cluster: watch::Receiver<Option<Cluster>>,
}

fn run(sink: &mut ObservationSink, host: &str, requested: Option<&str>) -> Channels {
    let (choice, choice_receiver) = watch::channel(requested.map(str::to_owned));
    let (discovery, discovery_receiver) = watch::channel(Discovery::default());
    let (cluster, cluster_receiver) = watch::channel(None);
    let source =
        EngineSource { engine: Engine::at(host), node_port: 30090, choice: choice_receiver, discovery, cluster };
    sink.spawn(docker::run(sink.context.clone(), source));
    Channels { choice, discovery: discovery_receiver, cluster: cluster_receiver }
}

fn demo() -> FakeEngine {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090), None]);
    engine
}

async fn wait_for_state(sink: &mut ObservationSink, node: &str, state: RunState) {
    sink.wait(&format!("{node} {state:?}"), |observation| match observation {
        Observation::Container(container) if container.node == node && container.state == state => Some(()),
        _ => None,
    })
    .await
}

fn actions(received: &[Observation]) -> Vec<(String, EngineAction)> {
    received
        .iter()
        .filter_map(|observation| match observation {
            Observation::EngineEvent(event) => Some((event.node.clone(), event.action)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_cluster_is_sent_before_its_containers() {
    let engine = demo();
    let mut sink = ObservationSink::new();
    let channels = run(&mut sink, &engine.host(), None);
    sink.wait_live(SourceId::Docker).await;
    let received: Vec<_> = sink.received().to_vec();
    let cluster = received.iter().find_map(|observation| match observation {
        Observation::Cluster(cluster) => Some(cluster.clone()),
        _ => None,
    });
    let cluster = cluster.unwrap();
    assert_eq!(cluster.context, "kind-demo");
    assert_eq!(cluster.api_endpoint.as_deref(), Some("127.0.0.1:40001"));
    let nodes: Vec<_> = cluster.nodes.iter().map(|node| (node.name.as_str(), node.node_port.as_deref())).collect();
    assert_eq!(nodes, [(CP, None), ("demo-worker", Some("127.0.0.1:30090")), ("demo-worker2", None)]);
    let position = |kind: fn(&Observation) -> bool| received.iter().position(kind);
    let cluster_position = position(|observation| matches!(observation, Observation::Cluster(_)));
    assert!(cluster_position < position(|observation| matches!(observation, Observation::Container(_))));
    assert_eq!(received.iter().filter(|observation| matches!(observation, Observation::Container(_))).count(), 3);
    assert_eq!(*channels.cluster.borrow(), Some(cluster));
    sink.close().await;
}

#[tokio::test]
async fn a_stopped_cluster_is_found_with_its_address() {
    let engine = demo();
    engine.change(CP, |container| {
        container.state = "exited";
        container.exit_code = 137;
    });
    let found = discover(&Engine::at(engine.host()), None, 30090).await;
    assert_eq!(found.cluster().unwrap().api_endpoint.as_deref(), Some("127.0.0.1:40001"));
}

#[tokio::test]
async fn a_stop_gives_its_events_and_then_the_state() {
    let engine = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), None);
    sink.wait_live(SourceId::Docker).await;
    sink.clear();
    engine.emit_event("demo-worker", "kill");
    engine.change(CP, |container| {
        container.state = "exited";
        container.exit_code = 137;
    });
    engine.emit_event(CP, "die");
    engine.emit_event(CP, "disconnect");
    wait_for_state(&mut sink, CP, RunState::Exited).await;
    let mut expected = vec![
        ("demo-worker".to_owned(), EngineAction::Kill),
        (CP.to_owned(), EngineAction::Die),
        (CP.to_owned(), EngineAction::Disconnect),
    ];
    while actions(sink.received()).len() < 3 {
        sink.wait("an event", |observation| matches!(observation, Observation::EngineEvent(_)).then_some(())).await;
    }
    let mut actual = actions(sink.received());
    actual.sort_by_key(|(node, action)| (node.clone(), format!("{action:?}")));
    expected.sort_by_key(|(node, action)| (node.clone(), format!("{action:?}")));
    assert_eq!(actual, expected);
    let exit = sink.received().iter().find_map(|observation| match observation {
        Observation::Container(state) if state.node == CP => Some((state.exit_code, state.since.is_some())),
        _ => None,
    });
    assert_eq!(exit, Some((Some(137), true)));
    sink.close().await;
}

#[tokio::test]
async fn containers_of_other_clusters_give_no_observation() {
    let engine = demo();
    engine.add(node("other", "control-plane", "control-plane", "6443/tcp", Some(1)));
    let mut stranger = node("x", "y", "z", "1/tcp", None);
    stranger.labels = json!({});
    engine.add(stranger);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), Some("demo"));
    sink.wait_live(SourceId::Docker).await;
    engine.emit_event("other-control-plane", "die");
    engine.emit_event("x-y", "disconnect");
    engine.emit_event(CP, "pause");
    let first = sink
        .wait("the pause", |observation| match observation {
            Observation::EngineEvent(event) => Some(event.node.clone()),
            _ => None,
        })
        .await;
    assert_eq!(first, CP);
    sink.close().await;
}

#[tokio::test]
async fn events_during_an_absence_of_the_engine_are_neither_lost_nor_repeated() {
    let engine = demo();
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), None);
    sink.wait_live(SourceId::Docker).await;
    engine.emit_event(CP, "kill");
    sink.wait("the kill", |observation| matches!(observation, Observation::EngineEvent(_)).then_some(())).await;
    engine.go_away();
    let error = sink.wait_retrying(SourceId::Docker).await;
    assert!(error.contains("engine"), "{error}");
    engine.change(CP, |container| container.state = "exited");
    engine.emit_event(CP, "die");
    engine.come_back();
    wait_for_state(&mut sink, CP, RunState::Exited).await;
    sink.wait_live(SourceId::Docker).await;
    engine.emit_event(CP, "start");
    sink.wait("the start", |observation| match observation {
        Observation::EngineEvent(event) => (event.action == EngineAction::Start).then_some(()),
        _ => None,
    })
    .await;
    let actions: Vec<_> = actions(sink.received()).into_iter().map(|(_, action)| action).collect();
    assert_eq!(actions, [EngineAction::Kill, EngineAction::Die, EngineAction::Start]);
    sink.close().await;
}

#[tokio::test]
async fn a_lost_engine_removes_no_fact_and_is_reported_once() {
    let engine = demo();
    let mut sink = ObservationSink::new();
    let channels = run(&mut sink, &engine.host(), None);
    sink.wait_live(SourceId::Docker).await;
    sink.clear();
    engine.go_away();
    let first = sink.wait_error(SourceId::Docker, "start Docker").await;
    engine.come_back();
    sink.wait_live(SourceId::Docker).await;
    assert!(channels.discovery.borrow().cluster().is_some(), "a cluster that was found stays found");
    let received = sink.close().await;
    assert!(
        received.iter().all(|observation| !matches!(observation, Observation::Container(_) | Observation::Cluster(_))),
        "{received:?}"
    );
    let repeats = received.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(repeats, 0, "{first}: {received:?}");
}

#[tokio::test]
async fn an_engine_that_hangs_is_reported() {
    let engine = demo();
    engine.set_mode(Mode::Hang);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), None);
    sink.wait_error(SourceId::Docker, "does not answer").await;
    engine.set_mode(Mode::Healthy);
    sink.wait_live(SourceId::Docker).await;
    sink.close().await;
}

#[tokio::test]
async fn a_request_that_failed_is_tried_again() {
    let engine = demo();
    engine.set_mode(Mode::Status(500));
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), None);
    sink.wait_error(SourceId::Docker, "told to fail").await;
    engine.set_mode(Mode::Healthy);
    sink.wait_live(SourceId::Docker).await;
    sink.close().await;
}

#[tokio::test]
async fn a_socket_without_permission_names_the_docker_group() {
    use std::os::unix::fs::PermissionsExt as _;
    let engine = demo();
    std::fs::set_permissions(engine.socket(), std::fs::Permissions::from_mode(0o000)).unwrap();
    match discover(&Engine::at(engine.host()), None, 30090).await {
        Discovery::NoEngine(error) => assert!(error.to_string().contains("docker group"), "{error}"),
        // root may open any socket.
        other => assert!(other.cluster().is_some(), "{other}"),
    }
}

#[tokio::test]
async fn without_a_cluster_the_error_has_the_remedy_and_a_later_one_is_found() {
    let engine = FakeEngine::start();
    let mut sink = ObservationSink::new();
    let channels = run(&mut sink, &engine.host(), None);
    sink.wait_error(SourceId::Docker, "kind create cluster").await;
    assert!(matches!(*channels.discovery.borrow(), Discovery::NoCluster | Discovery::Searching));
    engine.add_cluster("late", 40001, &[]);
    sink.wait_live(SourceId::Docker).await;
    sink.close().await;
}

#[tokio::test]
async fn the_error_for_a_wrong_name_lists_the_clusters_that_exist() {
    let engine = demo();
    engine.add_cluster("other", 40002, &[]);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine.host(), Some("dmeo"));
    let error = sink.wait_error(SourceId::Docker, "`dmeo`").await;
    assert!(error.contains("demo, other"), "{error}");
    sink.close().await;
}

#[tokio::test]
async fn several_clusters_wait_for_a_choice() {
    let engine = demo();
    engine.add_cluster("other", 40002, &[]);
    let mut sink = ObservationSink::new();
    let channels = run(&mut sink, &engine.host(), None);
    sink.wait_error(SourceId::Docker, "--cluster").await;
    until(
        "the choice is offered",
        || matches!(&*channels.discovery.borrow(), Discovery::Ambiguous(available) if available.len() == 2),
    )
    .await;
    channels.choice.send_replace(Some("other".to_owned()));
    sink.wait_live(SourceId::Docker).await;
    assert_eq!(channels.discovery.borrow().cluster().unwrap().name, "other");
    sink.close().await;
}

#[tokio::test]
async fn a_deleted_cluster_is_absent_and_a_recreated_one_is_found() {
    let engine = demo();
    let mut sink = ObservationSink::new();
    let channels = run(&mut sink, &engine.host(), None);
    sink.wait_live(SourceId::Docker).await;
    engine.remove("demo-worker2");
    engine.emit_event(CP, "destroy");
    engine.remove(CP);
    engine.remove("demo-worker");
    sink.wait_error(SourceId::Docker, "create one").await;
    engine.add_cluster("demo", 50001, &[Some(30090)]);
    sink.wait_live(SourceId::Docker).await;
    assert_eq!(channels.cluster.borrow().as_ref().unwrap().api_endpoint.as_deref(), Some("127.0.0.1:50001"));
    let received = sink.close().await;
    let absent = |observation: &&Observation| matches!(observation, Observation::Container(state) if state.state == RunState::Absent);
    assert_eq!(received.iter().filter(absent).count(), 3);
    assert!(received.iter().any(|observation| health(observation, &SourceId::Docker).is_some()));
}
