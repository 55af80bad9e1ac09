//! `blackout restore`: waits until every control plane is ready, and its exit code says whether.

use std::time::Duration;

use super::stage::{CP, SHORT, Stage};
use crate::{fake_engine::node, program::runtime};

const SECOND: &str = "demo-control-plane2";
const NEVER: Duration = Duration::from_secs(3600);

#[test]
fn it_waits_until_the_api_server_is_ready() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(2));
        stage.engine.stop_by_somebody_else(CP).await;
        let output = stage.run(&["restore"]).await;
        assert!(output.status.success(), "{output:?}");
        assert!(stage.api.is_ready(), "it has ended before `/readyz` was 200: {output:?}");
        stage.all_is_over().await;
    });
}

#[test]
fn it_waits_for_the_end_of_a_stop_that_a_killed_run_has_begun() {
    runtime(async {
        let stage = Stage::start(Duration::from_secs(2));
        stage.write_intent(CP, "stop");
        let engine = stage.engine.clone();
        let stop = tokio::spawn(async move { engine.stop_slowly_by_somebody_else(CP).await });
        stage.engine.until(CP, "the begin of the stop", |container| container.stopping > 0).await;
        let output = stage.run(&["restore"]).await;
        assert!(output.status.success(), "{output:?}");
        stop.await.unwrap();
        let container = stage.engine.container(CP);
        assert!(container.state == "running" && stage.api.is_ready(), "{container:?} {output:?}");
    });
}

#[test]
fn it_fails_where_the_api_server_is_not_ready_in_time() {
    runtime(async {
        let stage = Stage::booting(SHORT, NEVER);
        stage.engine.stop_by_somebody_else(CP).await;
        let output = stage.run(&["restore", "--timeout", "2s"]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(CP) && error.contains("ready"), "{error}");
    });
}

#[test]
fn it_starts_every_control_plane() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.add(node("demo", "control-plane2", "control-plane", "6443/tcp", None));
        for name in [CP, SECOND] {
            stage.engine.stop_by_somebody_else(name).await;
        }
        let output = stage.run(&["restore"]).await;
        assert!(output.status.success(), "{output:?}");
        for name in [CP, SECOND] {
            assert_eq!(stage.engine.container(name).state, "running", "{name}: {output:?}");
        }
        assert!(stage.api.is_ready(), "{output:?}");
    });
}

#[test]
fn it_starts_all_control_planes_at_the_same_time() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.add(node("demo", "control-plane2", "control-plane", "6443/tcp", None));
        for name in [CP, SECOND] {
            stage.engine.stop_by_somebody_else(name).await;
        }
        stage.engine.set_start_duration(Duration::from_secs(1));
        let output = stage.run(&["restore"]).await;
        assert!(output.status.success(), "{output:?}");
        let starts = stage.engine.requests("start");
        assert_eq!(starts.len(), 2, "{starts:#?}");
        assert!(starts[0].ended.is_some_and(|ended| starts[1].begun < ended), "one after the other: {starts:#?}");
    });
}

#[test]
fn it_starts_the_second_control_plane_where_the_first_cannot_be_started_and_fails() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.add(node("demo", "control-plane2", "control-plane", "6443/tcp", None));
        for name in [CP, SECOND] {
            stage.engine.stop_by_somebody_else(name).await;
        }
        stage.engine.refuse_for(CP, "start", 403);
        let output = stage.run(&["restore", "--timeout", "3s"]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(stage.engine.container(SECOND).state, "running", "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(CP) && error.contains("told to fail"), "{error}");
    });
}

#[test]
fn it_takes_the_intent_of_a_killed_run_away_once_all_is_well() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.stop_by_somebody_else(CP).await;
        stage.write_intent(CP, "stop");
        let output = stage.run(&["restore"]).await;
        assert!(output.status.success(), "{output:?}");
        assert!(stage.api.is_ready() && !stage.intent().exists(), "{output:?}");
    });
}
