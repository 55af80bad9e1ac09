//! Columns of `kubectl get pods`.

use serde_json::{Value, json};

use super::*;

fn line(spec: Value, status: Value) -> (String, u32, u32, u32) {
    line_of(json!({ "metadata": { "name": "p" }, "spec": spec, "status": status }))
}

fn line_of(pod: Value) -> (String, u32, u32, u32) {
    let summary = summarize(&serde_json::from_value(pod).unwrap());
    (summary.status, summary.ready, summary.containers, summary.restarts)
}

fn container(ready: bool, restarts: u32, state: Value) -> Value {
    json!({ "name": "c", "image": "", "imageID": "", "ready": ready, "restartCount": restarts, "state": state })
}

fn running() -> Value {
    json!({ "running": {} })
}

fn waiting(reason: &str) -> Value {
    json!({ "waiting": { "reason": reason } })
}

fn ended(code: i32, reason: Option<&str>) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": reason } })
}

fn one() -> Value {
    json!({ "containers": [{ "name": "c" }] })
}

fn two() -> Value {
    json!({ "containers": [{ "name": "c" }, { "name": "d" }] })
}

fn with_init() -> Value {
    json!({ "containers": [{ "name": "c" }], "initContainers": [{ "name": "c" }, { "name": "b" }] })
}

/// The expected values are what `kubectl get pods` prints for such a pod.
#[test]
fn the_status_is_the_one_that_kubectl_prints() {
    let main = |phase: &str, containers: Value| json!({ "phase": phase, "containerStatuses": containers });
    let init = |containers: Value| json!({ "phase": "Pending", "initContainerStatuses": containers });
    for (spec, status, expected) in [
        (one(), main("Running", json!([container(true, 0, running())])), ("Running", 1, 1, 0)),
        (
            one(),
            main("Running", json!([container(false, 7, waiting("CrashLoopBackOff"))])),
            ("CrashLoopBackOff", 0, 1, 7),
        ),
        (one(), main("Succeeded", json!([container(false, 0, ended(0, Some("Completed")))])), ("Completed", 0, 1, 0)),
        (one(), main("Failed", json!([container(false, 0, ended(3, None))])), ("ExitCode:3", 0, 1, 0)),
        (
            one(),
            main("Pending", json!([container(false, 0, waiting("ContainerCreating"))])),
            ("ContainerCreating", 0, 1, 0),
        ),
        (one(), json!({ "phase": "Pending" }), ("Pending", 0, 1, 0)),
        (one(), json!({ "phase": "Failed", "reason": "Evicted" }), ("Evicted", 0, 1, 0)),
        (
            two(),
            main("Running", json!([container(false, 1, ended(0, Some("Completed"))), container(true, 1, running())])),
            ("NotReady", 1, 2, 2),
        ),
        (with_init(), init(json!([container(false, 0, running())])), ("Init:0/2", 0, 1, 0)),
        (
            with_init(),
            init(json!([
                container(true, 0, ended(0, Some("Completed"))),
                container(false, 4, waiting("CrashLoopBackOff"))
            ])),
            ("Init:CrashLoopBackOff", 0, 1, 4),
        ),
        (with_init(), init(json!([container(false, 0, ended(1, Some("Error")))])), ("Init:Error", 0, 1, 0)),
        (with_init(), init(json!([container(false, 0, waiting("PodInitializing"))])), ("Init:0/2", 0, 1, 0)),
    ] {
        let (status, ready, containers, restarts) = line(spec, status.clone());
        assert_eq!((status.as_str(), ready, containers, restarts), expected, "{status}");
    }
}

#[test]
fn a_pod_that_is_being_deleted_is_terminating() {
    let pod = json!({
        "metadata": { "name": "p", "deletionTimestamp": "2026-11-22T09:00:00Z" }, "spec": one(),
        "status": { "phase": "Running", "containerStatuses": [container(true, 0, running())] }
    });
    assert_eq!(line_of(pod).0, "Terminating");
}

#[test]
fn a_sidecar_counts_as_a_container() {
    let spec =
        json!({ "containers": [{ "name": "main" }], "initContainers": [{ "name": "c", "restartPolicy": "Always" }] });
    let mut sidecar = container(true, 0, running());
    sidecar["started"] = json!(true);
    let status = json!({
        "phase": "Running", "initContainerStatuses": [sidecar], "containerStatuses": [container(true, 0, running())]
    });
    assert_eq!(line(spec, status), ("Running".to_owned(), 2, 2, 0));
}

#[test]
fn an_empty_pod_is_unknown() {
    assert_eq!(line_of(json!({ "metadata": { "name": "p" } })), ("Unknown".to_owned(), 0, 0, 0));
}
