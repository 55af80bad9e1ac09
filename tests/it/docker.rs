//! The engine as a source.

use blackout::{
    engine::Engine,
    observation::{Cluster, EngineAction, Observation, RunState, SourceId},
    source::docker::{self, Discovery, EngineSource, discover},
};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    ears::{Ears, health, until},
    fake_engine::{FakeEngine, Mode, node},
};

const CP: &str = "demo-control-plane";

struct Wires {
    choice: watch::Sender<Option<String>>,
    discovery: watch::Receiver<Discovery>,
    cluster: watch::Receiver<Option<Cluster>>,
}

fn run(ears: &mut Ears, host: &str, wanted: Option<&str>) -> Wires {
    let (choice, choice_view) = watch::channel(wanted.map(str::to_owned));
    let (discovery, discovery_view) = watch::channel(Discovery::default());
    let (cluster, cluster_view) = watch::channel(None);
    let source = EngineSource { engine: Engine::at(host), node_port: 30090, choice: choice_view, discovery, cluster };
    ears.run(docker::run(ears.context.clone(), source));
    Wires { choice, discovery: discovery_view, cluster: cluster_view }
}

fn demo() -> FakeEngine {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090), None]);
    engine
}

async fn state_of(ears: &mut Ears, node: &str, wanted: RunState) {
    ears.wait(&format!("{node} {wanted:?}"), |said| match said {
        Observation::Container(state) if state.node == node && state.state == wanted => Some(()),
        _ => None,
    })
    .await
}

fn actions(said: &[Observation]) -> Vec<(String, EngineAction)> {
    said.iter()
        .filter_map(|said| match said {
            Observation::EngineEvent(event) => Some((event.node.clone(), event.action)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_cluster_is_described_before_its_containers() {
    let engine = demo();
    let mut ears = Ears::open();
    let wires = run(&mut ears, &engine.host(), None);
    ears.wait_live(SourceId::Docker).await;
    let said: Vec<_> = ears.heard().to_vec();
    let cluster = said.iter().find_map(|said| match said {
        Observation::Cluster(cluster) => Some(cluster.clone()),
        _ => None,
    });
    let cluster = cluster.unwrap();
    assert_eq!(cluster.context, "kind-demo");
    assert_eq!(cluster.api_endpoint.as_deref(), Some("127.0.0.1:40001"));
    let nodes: Vec<_> = cluster.nodes.iter().map(|node| (node.name.as_str(), node.node_port.as_deref())).collect();
    assert_eq!(nodes, [(CP, None), ("demo-worker", Some("127.0.0.1:30090")), ("demo-worker2", None)]);
    let position = |what: fn(&Observation) -> bool| said.iter().position(what);
    let described = position(|said| matches!(said, Observation::Cluster(_)));
    assert!(described < position(|said| matches!(said, Observation::Container(_))));
    assert_eq!(said.iter().filter(|said| matches!(said, Observation::Container(_))).count(), 3);
    assert_eq!(*wires.cluster.borrow(), Some(cluster));
    ears.close().await;
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
async fn a_stop_is_told_by_its_events_and_then_by_the_state() {
    let engine = demo();
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), None);
    ears.wait_live(SourceId::Docker).await;
    ears.forget();
    engine.happen("demo-worker", "kill");
    engine.change(CP, |container| {
        container.state = "exited";
        container.exit_code = 137;
    });
    engine.happen(CP, "die");
    engine.happen(CP, "disconnect");
    state_of(&mut ears, CP, RunState::Exited).await;
    let mut expected = vec![
        ("demo-worker".to_owned(), EngineAction::Kill),
        (CP.to_owned(), EngineAction::Die),
        (CP.to_owned(), EngineAction::Disconnect),
    ];
    while actions(ears.heard()).len() < 3 {
        ears.wait("an event", |said| matches!(said, Observation::EngineEvent(_)).then_some(())).await;
    }
    let mut told = actions(ears.heard());
    told.sort_by_key(|(node, action)| (node.clone(), format!("{action:?}")));
    expected.sort_by_key(|(node, action)| (node.clone(), format!("{action:?}")));
    assert_eq!(told, expected);
    let exit = ears.heard().iter().find_map(|said| match said {
        Observation::Container(state) if state.node == CP => Some((state.exit_code, state.since.is_some())),
        _ => None,
    });
    assert_eq!(exit, Some((Some(137), true)));
    ears.close().await;
}

#[tokio::test]
async fn containers_of_others_are_never_mentioned() {
    let engine = demo();
    engine.add(node("other", "control-plane", "control-plane", "6443/tcp", Some(1)));
    let mut stranger = node("x", "y", "z", "1/tcp", None);
    stranger.labels = json!({});
    engine.add(stranger);
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), Some("demo"));
    ears.wait_live(SourceId::Docker).await;
    engine.happen("other-control-plane", "die");
    engine.happen("x-y", "disconnect");
    engine.happen(CP, "pause");
    let first = ears
        .wait("the pause", |said| match said {
            Observation::EngineEvent(event) => Some(event.node.clone()),
            _ => None,
        })
        .await;
    assert_eq!(first, CP);
    ears.close().await;
}

#[tokio::test]
async fn events_of_the_time_without_an_engine_are_neither_lost_nor_repeated() {
    let engine = demo();
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), None);
    ears.wait_live(SourceId::Docker).await;
    engine.happen(CP, "kill");
    ears.wait("the kill", |said| matches!(said, Observation::EngineEvent(_)).then_some(())).await;
    engine.go_away();
    let error = ears.wait_retrying(SourceId::Docker).await;
    assert!(error.contains("engine"), "{error}");
    engine.change(CP, |container| container.state = "exited");
    engine.happen(CP, "die");
    engine.come_back();
    state_of(&mut ears, CP, RunState::Exited).await;
    ears.wait_live(SourceId::Docker).await;
    engine.happen(CP, "start");
    ears.wait("the start", |said| match said {
        Observation::EngineEvent(event) => (event.action == EngineAction::Start).then_some(()),
        _ => None,
    })
    .await;
    let told: Vec<_> = actions(ears.heard()).into_iter().map(|(_, action)| action).collect();
    assert_eq!(told, [EngineAction::Kill, EngineAction::Die, EngineAction::Start]);
    ears.close().await;
}

#[tokio::test]
async fn a_lost_engine_takes_nothing_back_and_is_said_once() {
    let engine = demo();
    let mut ears = Ears::open();
    let wires = run(&mut ears, &engine.host(), None);
    ears.wait_live(SourceId::Docker).await;
    ears.forget();
    engine.go_away();
    let first = ears.wait_reason(SourceId::Docker, "start Docker").await;
    engine.come_back();
    ears.wait_live(SourceId::Docker).await;
    assert!(wires.discovery.borrow().cluster().is_some(), "once found, it stays found");
    let said = ears.close().await;
    assert!(said.iter().all(|said| !matches!(said, Observation::Container(_) | Observation::Cluster(_))), "{said:?}");
    let repeats = said.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(repeats, 0, "{first}: {said:?}");
}

#[tokio::test]
async fn a_hung_engine_is_said_to_hang() {
    let engine = demo();
    engine.set_mode(Mode::Hang);
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), None);
    ears.wait_reason(SourceId::Docker, "does not answer").await;
    engine.set_mode(Mode::Well);
    ears.wait_live(SourceId::Docker).await;
    ears.close().await;
}

#[tokio::test]
async fn an_engine_that_fails_is_asked_again() {
    let engine = demo();
    engine.set_mode(Mode::Status(500));
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), None);
    ears.wait_reason(SourceId::Docker, "told to fail").await;
    engine.set_mode(Mode::Well);
    ears.wait_live(SourceId::Docker).await;
    ears.close().await;
}

#[tokio::test]
async fn a_socket_without_permission_names_the_docker_group() {
    use std::os::unix::fs::PermissionsExt as _;
    let engine = demo();
    std::fs::set_permissions(engine.socket(), std::fs::Permissions::from_mode(0o000)).unwrap();
    match discover(&Engine::at(engine.host()), None, 30090).await {
        Discovery::NoEngine(error) => assert!(error.to_string().contains("docker group"), "{error}"),
        // root may open everything
        other => assert!(other.cluster().is_some(), "{other}"),
    }
}

#[tokio::test]
async fn without_a_cluster_it_says_how_to_make_one_and_finds_it_later() {
    let engine = FakeEngine::start();
    let mut ears = Ears::open();
    let wires = run(&mut ears, &engine.host(), None);
    ears.wait_reason(SourceId::Docker, "kind create cluster").await;
    assert!(matches!(*wires.discovery.borrow(), Discovery::NoCluster | Discovery::Searching));
    engine.add_cluster("late", 40001, &[]);
    ears.wait_live(SourceId::Docker).await;
    ears.close().await;
}

#[tokio::test]
async fn a_wrong_name_lists_the_clusters_there_are() {
    let engine = demo();
    engine.add_cluster("other", 40002, &[]);
    let mut ears = Ears::open();
    run(&mut ears, &engine.host(), Some("dmeo"));
    let error = ears.wait_reason(SourceId::Docker, "`dmeo`").await;
    assert!(error.contains("demo, other"), "{error}");
    ears.close().await;
}

#[tokio::test]
async fn several_clusters_wait_for_a_choice() {
    let engine = demo();
    engine.add_cluster("other", 40002, &[]);
    let mut ears = Ears::open();
    let wires = run(&mut ears, &engine.host(), None);
    ears.wait_reason(SourceId::Docker, "--cluster").await;
    until(
        "the choice is offered",
        || matches!(&*wires.discovery.borrow(), Discovery::Ambiguous(there) if there.len() == 2),
    )
    .await;
    wires.choice.send_replace(Some("other".to_owned()));
    ears.wait_live(SourceId::Docker).await;
    assert_eq!(wires.discovery.borrow().cluster().unwrap().name, "other");
    ears.close().await;
}

#[tokio::test]
async fn a_deleted_cluster_is_absent_and_one_made_anew_is_taken_up() {
    let engine = demo();
    let mut ears = Ears::open();
    let wires = run(&mut ears, &engine.host(), None);
    ears.wait_live(SourceId::Docker).await;
    engine.remove("demo-worker2");
    engine.happen(CP, "destroy");
    engine.remove(CP);
    engine.remove("demo-worker");
    ears.wait_reason(SourceId::Docker, "make one").await;
    engine.add_cluster("demo", 50001, &[Some(30090)]);
    ears.wait_live(SourceId::Docker).await;
    assert_eq!(wires.cluster.borrow().as_ref().unwrap().api_endpoint.as_deref(), Some("127.0.0.1:50001"));
    let said = ears.close().await;
    let absent = |said: &&Observation| matches!(said, Observation::Container(state) if state.state == RunState::Absent);
    assert_eq!(said.iter().filter(absent).count(), 3);
    assert!(said.iter().any(|said| health(said, &SourceId::Docker).is_some()));
}
