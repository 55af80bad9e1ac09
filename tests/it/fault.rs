//! Faults and their restore against a fake engine.

use blackout::{
    engine::Engine,
    fault::{FaultError, FaultInjector},
    observation::FaultAction,
};
use serde_json::json;

use crate::fake_engine::{FakeEngine, Mode, node};

const CP: &str = "demo-control-plane";
const ACTIONS: [FaultAction; 6] = [
    FaultAction::Stop,
    FaultAction::Kill,
    FaultAction::Pause,
    FaultAction::Disconnect,
    FaultAction::Apiserver,
    FaultAction::Restore,
];

fn demo() -> (FakeEngine, FaultInjector) {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    let injector = FaultInjector::for_cluster(Engine::at(engine.host()), "demo");
    (engine, injector)
}

fn is_well(engine: &FakeEngine) -> bool {
    let container = engine.container(CP);
    let address = [("kind".to_owned(), "172.18.0.2".to_owned())];
    container.state == "running" && container.networks == address && !container.manifest_aside
}

#[tokio::test]
async fn a_restore_undoes_every_fault() {
    for action in ACTIONS {
        let (engine, injector) = demo();
        injector.carry_out(action, CP).await.unwrap();
        assert_eq!(is_well(&engine), action == FaultAction::Restore, "{action:?}");
        injector.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "{action:?}: {:?}", engine.container(CP));
        injector.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "restored twice after {action:?}");
    }
}

#[tokio::test]
async fn a_restore_by_another_run_undoes_every_fault() {
    for action in ACTIONS {
        let (engine, injector) = demo();
        injector.carry_out(action, CP).await.unwrap();
        let another = FaultInjector::for_cluster(Engine::at(engine.host()), "demo");
        another.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "{action:?}: {:?}", engine.container(CP));
    }
}

#[tokio::test]
async fn one_restore_undoes_several_faults() {
    let (engine, injector) = demo();
    for action in [FaultAction::Apiserver, FaultAction::Disconnect, FaultAction::Pause] {
        injector.carry_out(action, CP).await.unwrap();
    }
    injector.carry_out(FaultAction::Restore, CP).await.unwrap();
    assert!(is_well(&engine), "{:?}", engine.container(CP));
}

#[tokio::test]
async fn each_fault_has_its_effect() {
    let (engine, injector) = demo();
    injector.carry_out(FaultAction::Stop, CP).await.unwrap();
    assert_eq!((engine.container(CP).state, engine.container(CP).exit_code), ("exited", 130));
    let (engine, injector) = demo();
    injector.carry_out(FaultAction::Kill, CP).await.unwrap();
    assert_eq!((engine.container(CP).state, engine.container(CP).exit_code), ("exited", 137));
    let (engine, injector) = demo();
    injector.carry_out(FaultAction::Pause, CP).await.unwrap();
    assert_eq!(engine.container(CP).state, "paused");
    let (engine, injector) = demo();
    injector.carry_out(FaultAction::Disconnect, CP).await.unwrap();
    assert!(engine.container(CP).networks.is_empty());
    let (engine, injector) = demo();
    injector.carry_out(FaultAction::Apiserver, CP).await.unwrap();
    assert!(engine.container(CP).manifest_aside);
}

#[tokio::test]
async fn a_container_that_is_no_control_plane_of_the_cluster_is_never_touched() {
    let (engine, injector) = demo();
    engine.add(node("prod", "control-plane", "control-plane", "6443/tcp", None));
    let mut unlabelled = node("demo", "database", "control-plane", "1/tcp", None);
    unlabelled.labels = json!({});
    engine.add(unlabelled);
    let mut half = node("demo", "half", "control-plane", "1/tcp", None);
    half.labels = json!({ "io.x-k8s.kind.cluster": "demo" });
    engine.add(half);
    for container in ["demo-worker", "prod-control-plane", "demo-database", "demo-half"] {
        for action in ACTIONS {
            let error = injector.carry_out(action, container).await.unwrap_err();
            assert!(matches!(error, FaultError::NotOurs { .. }), "{action:?} {container}: {error}");
            let error = error.to_string();
            assert!(error.contains(container) && error.contains("`demo`"), "{error}");
        }
    }
    assert_eq!(engine.mutating_requests(), Vec::<String>::new(), "the engine got only inspections");
}

#[tokio::test]
async fn a_container_that_does_not_exist_is_named() {
    let (engine, injector) = demo();
    engine.remove(CP);
    let error = injector.carry_out(FaultAction::Stop, CP).await.unwrap_err();
    assert!(matches!(error, FaultError::NoContainer { .. }));
    assert!(error.to_string().contains(CP));
}

#[tokio::test]
async fn an_engine_that_is_gone_or_fails_is_reported() {
    let (engine, injector) = demo();
    engine.set_mode(Mode::Status(500));
    assert!(injector.carry_out(FaultAction::Stop, CP).await.unwrap_err().to_string().contains("told to fail"));
    engine.go_away();
    assert!(injector.carry_out(FaultAction::Restore, CP).await.unwrap_err().to_string().contains("start Docker"));
}

#[tokio::test]
async fn an_action_that_is_refused_has_a_reason() {
    let (_engine, injector) = demo();
    injector.carry_out(FaultAction::Stop, CP).await.unwrap();
    let error = injector.carry_out(FaultAction::Kill, CP).await.unwrap_err().to_string();
    assert!(error.contains("kill demo-control-plane") && error.contains("exited"), "{error}");
}
