//! Conversion of the engine's answers.

use super::*;

fn listed(json: &str) -> Option<NodeContainer> {
    node_container(serde_json::from_str(json).unwrap())
}

fn inspected(json: &str) -> ContainerDetails {
    details(serde_json::from_str(json).unwrap())
}

fn named(name: &str, role: &str) -> NodeContainer {
    let json = format!(
        r#"{{"Id":"i","Names":["/{name}"],"Labels":{{"io.x-k8s.kind.cluster":"demo","io.x-k8s.kind.role":"{role}"}}}}"#
    );
    listed(&json).unwrap()
}

/// Answer of a real engine for a stopped control plane: only the configuration still has the ports.
const STOPPED: &str = r#"{
    "State": {"Status":"exited","Running":false,"ExitCode":137,
        "StartedAt":"2026-11-22T09:00:00.5Z","FinishedAt":"2026-11-22T09:29:53.385Z"},
    "HostConfig": {"PortBindings":{"6443/tcp":[{"HostIp":"127.0.0.1","HostPort":"42733"}]}},
    "NetworkSettings": {"Ports":{},"Networks":{"kind":{"IPAddress":"","EndpointID":""}}}
}"#;

#[test]
fn a_stopped_container_keeps_its_address_and_has_an_exit_code() {
    let details = inspected(STOPPED);
    assert_eq!(details.state, RunState::Exited);
    assert_eq!(details.exit_code, Some(137));
    assert_eq!(details.since.unwrap().to_rfc3339(), "2026-11-22T09:29:53.385+00:00");
    assert!(details.attached);
    assert_eq!(details.ports.address_of(API_PORT).as_deref(), Some("127.0.0.1:42733"));
}

#[test]
fn a_running_container_has_no_exit_code_and_a_paused_one_no_known_time() {
    let running = inspected(
        r#"{"State":{"Status":"running","Running":true,"ExitCode":0,
            "StartedAt":"2026-11-22T09:00:00Z","FinishedAt":"2026-11-22T08:00:00Z"}}"#,
    );
    assert_eq!((running.state, running.exit_code, running.attached), (RunState::Running, None, false));
    assert_eq!(running.since.unwrap().to_rfc3339(), "2026-11-22T09:00:00+00:00");
    let paused =
        inspected(r#"{"State":{"Status":"paused","Paused":true,"Running":true,"StartedAt":"2026-11-22T09:00:00Z"}}"#);
    assert_eq!((paused.state, paused.since), (RunState::Paused, None));
}

#[test]
fn an_empty_answer_is_no_error() {
    let nothing = inspected("{}");
    assert_eq!((nothing.state, nothing.since, nothing.exit_code), (RunState::Exited, None, None));
    assert_eq!(nothing.ports.address_of(API_PORT), None);
}

#[test]
fn a_listener_on_all_addresses_is_reached_on_loopback() {
    for (host, address) in [
        ("0.0.0.0", "127.0.0.1:1"),
        ("", "127.0.0.1:1"),
        ("::", "127.0.0.1:1"),
        ("::1", "[::1]:1"),
        ("10.0.0.1", "10.0.0.1:1"),
    ] {
        let json =
            format!(r#"{{"HostConfig":{{"PortBindings":{{"30090/tcp":[{{"HostIp":"{host}","HostPort":"1"}}]}}}}}}"#);
        assert_eq!(inspected(&json).ports.address_of(30090).as_deref(), Some(address));
    }
}

#[test]
fn a_port_that_the_engine_chooses_at_each_start_is_the_current_one() {
    let details = inspected(
        r#"{"HostConfig":{"PortBindings":{"30090/tcp":[{"HostIp":"","HostPort":"0"}]}},
            "NetworkSettings":{"Ports":{"30090/tcp":[{"HostIp":"0.0.0.0","HostPort":"49153"}],"80/tcp":null}}}"#,
    );
    assert_eq!(details.ports.address_of(30090).as_deref(), Some("127.0.0.1:49153"));
}

#[test]
fn a_container_that_is_not_a_node_is_left_out() {
    for labels in [
        r#"{}"#,
        r#"{"io.x-k8s.kind.cluster":"demo"}"#,
        r#"{"io.x-k8s.kind.cluster":"demo","io.x-k8s.kind.role":"other"}"#,
    ] {
        assert_eq!(listed(&format!(r#"{{"Id":"i","Names":["/n"],"Labels":{labels}}}"#)), None);
    }
}

#[test]
fn the_load_balancer_publishes_the_api_server_of_a_cluster_that_has_one() {
    let published_at = |port: u16| {
        inspected(&format!(
            r#"{{"HostConfig":{{"PortBindings":{{"6443/tcp":[{{"HostIp":"127.0.0.1","HostPort":"{port}"}}]}}}}}}"#
        ))
    };
    let cluster = cluster(
        "demo".to_owned(),
        vec![
            (named("demo-worker", "worker"), inspected("{}")),
            (named("demo-external-load-balancer", "external-load-balancer"), published_at(3)),
            (named("demo-control-plane2", "control-plane"), published_at(2)),
            (named("demo-control-plane", "control-plane"), published_at(1)),
        ],
        30090,
    );
    assert_eq!(cluster.api_endpoint.as_deref(), Some("127.0.0.1:3"));
    let names: Vec<_> = cluster.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["demo-control-plane", "demo-control-plane2", "demo-worker", "demo-external-load-balancer"]);
}
