//! The faults, their undoing, and the guard.

use blackout::{
    engine::Engine,
    fault::{FaultError, FaultInjector},
    observation::FaultAction,
};
use serde_json::json;

use crate::fake_engine::{FakeEngine, Mode, node};

const CP: &str = "demo-control-plane";
const DEEDS: [FaultAction; 6] = [
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
    let fault = FaultInjector::for_cluster(Engine::at(engine.host()), "demo");
    (engine, fault)
}

fn is_well(engine: &FakeEngine) -> bool {
    let container = engine.container(CP);
    let address = [("kind".to_owned(), "172.18.0.2".to_owned())];
    container.state == "running" && container.networks == address && !container.manifest_aside
}

#[tokio::test]
async fn every_deed_is_undone_by_restore() {
    for deed in DEEDS {
        let (engine, fault) = demo();
        fault.carry_out(deed, CP).await.unwrap();
        assert_eq!(is_well(&engine), deed == FaultAction::Restore, "{deed:?}");
        fault.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "{deed:?}: {:?}", engine.container(CP));
        fault.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "restored twice after {deed:?}");
    }
}

#[tokio::test]
async fn another_run_of_the_program_undoes_every_deed_too() {
    for deed in DEEDS {
        let (engine, fault) = demo();
        fault.carry_out(deed, CP).await.unwrap();
        let another = FaultInjector::for_cluster(Engine::at(engine.host()), "demo");
        another.carry_out(FaultAction::Restore, CP).await.unwrap();
        assert!(is_well(&engine), "{deed:?}: {:?}", engine.container(CP));
    }
}

#[tokio::test]
async fn several_deeds_at_once_are_undone_together() {
    let (engine, fault) = demo();
    for deed in [FaultAction::Apiserver, FaultAction::Disconnect, FaultAction::Pause] {
        fault.carry_out(deed, CP).await.unwrap();
    }
    fault.carry_out(FaultAction::Restore, CP).await.unwrap();
    assert!(is_well(&engine), "{:?}", engine.container(CP));
}

#[tokio::test]
async fn each_deed_does_what_it_says() {
    let (engine, fault) = demo();
    fault.carry_out(FaultAction::Stop, CP).await.unwrap();
    assert_eq!((engine.container(CP).state, engine.container(CP).exit_code), ("exited", 130));
    let (engine, fault) = demo();
    fault.carry_out(FaultAction::Kill, CP).await.unwrap();
    assert_eq!((engine.container(CP).state, engine.container(CP).exit_code), ("exited", 137));
    let (engine, fault) = demo();
    fault.carry_out(FaultAction::Pause, CP).await.unwrap();
    assert_eq!(engine.container(CP).state, "paused");
    let (engine, fault) = demo();
    fault.carry_out(FaultAction::Disconnect, CP).await.unwrap();
    assert!(engine.container(CP).networks.is_empty());
    let (engine, fault) = demo();
    fault.carry_out(FaultAction::Apiserver, CP).await.unwrap();
    assert!(engine.container(CP).manifest_aside);
}

#[tokio::test]
async fn a_container_that_is_no_control_plane_of_the_cluster_is_never_touched() {
    let (engine, fault) = demo();
    engine.add(node("prod", "control-plane", "control-plane", "6443/tcp", None));
    let mut unlabelled = node("demo", "database", "control-plane", "1/tcp", None);
    unlabelled.labels = json!({});
    engine.add(unlabelled);
    let mut half = node("demo", "half", "control-plane", "1/tcp", None);
    half.labels = json!({ "io.x-k8s.kind.cluster": "demo" });
    engine.add(half);
    for container in ["demo-worker", "prod-control-plane", "demo-database", "demo-half"] {
        for deed in DEEDS {
            let error = fault.carry_out(deed, container).await.unwrap_err();
            assert!(matches!(error, FaultError::NotOurs { .. }), "{deed:?} {container}: {error}");
            let error = error.to_string();
            assert!(error.contains(container) && error.contains("`demo`"), "{error}");
        }
    }
    assert_eq!(engine.deeds(), Vec::<String>::new(), "nothing but looking was asked of the engine");
}

#[tokio::test]
async fn a_container_that_is_gone_is_named() {
    let (engine, fault) = demo();
    engine.remove(CP);
    let error = fault.carry_out(FaultAction::Stop, CP).await.unwrap_err();
    assert!(matches!(error, FaultError::NoContainer { .. }));
    assert!(error.to_string().contains(CP));
}

#[tokio::test]
async fn an_engine_that_is_gone_or_fails_is_said() {
    let (engine, fault) = demo();
    engine.set_mode(Mode::Status(500));
    assert!(fault.carry_out(FaultAction::Stop, CP).await.unwrap_err().to_string().contains("told to fail"));
    engine.go_away();
    assert!(fault.carry_out(FaultAction::Restore, CP).await.unwrap_err().to_string().contains("start Docker"));
}

#[tokio::test]
async fn a_deed_that_cannot_be_done_says_why() {
    let (_engine, fault) = demo();
    fault.carry_out(FaultAction::Stop, CP).await.unwrap();
    let error = fault.carry_out(FaultAction::Kill, CP).await.unwrap_err().to_string();
    assert!(error.contains("kill demo-control-plane") && error.contains("exited"), "{error}");
}
