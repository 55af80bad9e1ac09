//! Complete outages in the lab: the steps of each fault, and what goes on meanwhile.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use blackout::{
    lab::{KubernetesVersion, Lab, LabError, LabOptions},
    observation::{EngineAction, FaultAction, Observation, RunState, SourceHealth, SourceId, SourceReport},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::{LabFixture, seconds};

const FAST: LabOptions = LabOptions { workers: 3, seed: 2, speed: 20.0, kubernetes: KubernetesVersion::V1_34 };
/// Time-out of a request, longer than any response takes.
const TIMEOUT: Duration = Duration::from_millis(400);

/// Makes a request. Returns the status code, or how it failed in one word.
async fn get(address: &str, path: &str) -> String {
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match timeout(TIMEOUT, answer).await {
        Err(_) => "hangs".to_owned(),
        Ok(Ok(answer)) if answer.is_empty() => "eof".to_owned(),
        Ok(Ok(answer)) => String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or("odd").to_owned(),
        Ok(Err(error)) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "refused".to_owned(),
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => "reset".to_owned(),
            other => other.to_string(),
        },
    }
}

fn api(lab: &Lab) -> String {
    lab.cluster().api_endpoint.expect("every lab has one")
}

fn node_ports(lab: &Lab) -> Vec<String> {
    lab.cluster().workers().map(|worker| worker.node_port.clone().expect("every lab has one")).collect()
}

/// Requests `/readyz` until it is 200 again. Returns the results without repetitions; an end of file counts as a reset.
async fn readyz_until_ready(fixture: &LabFixture) -> Vec<String> {
    let address = api(&fixture.lab);
    let mut results: Vec<String> = Vec::new();
    let end = deadline(fixture, 60.0);
    loop {
        let result = get(&address, "/readyz").await.replace("eof", "reset");
        if results.last() != Some(&result) {
            results.push(result.clone());
        }
        if result == "200" && results.len() > 1 {
            return results;
        }
        assert!(now() < end, "not ready in a minute: {results:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's own time-out")]
fn now() -> Instant {
    Instant::now()
}

fn deadline(fixture: &LabFixture, real: f64) -> Instant {
    now() + seconds(real).div_f64(fixture.speed)
}

fn actions(observations: &[Observation]) -> Vec<EngineAction> {
    let events = observations.iter().filter_map(|observation| match observation {
        Observation::EngineEvent(event) => Some(event.action),
        _ => None,
    });
    events.collect()
}

fn last_state(observations: &[Observation]) -> Option<(RunState, Option<i64>, bool)> {
    observations.iter().rev().find_map(|observation| match observation {
        Observation::Container(state) if state.node == "lab-control-plane" => {
            Some((state.state, state.exit_code, state.attached))
        }
        _ => None,
    })
}

/// Counts the journal lines that contain `phrase`.
fn count_lines(observations: &[Observation], phrase: &str) -> usize {
    let lines = observations
        .iter()
        .filter(|observation| matches!(observation, Observation::Journal(line) if line.line.contains(phrase)));
    lines.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_lab_is_healthy_and_sends_its_cluster() {
    let mut fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(15.0)).await;
    let observations = fixture.observations();
    let cluster = observations.iter().find_map(|observation| match observation {
        Observation::Cluster(cluster) => Some(cluster.clone()),
        _ => None,
    });
    assert_eq!(cluster, Some(fixture.lab.cluster()));
    let running = observations
        .iter()
        .filter(|observation| matches!(observation, Observation::Container(state) if state.state == RunState::Running));
    assert_eq!(running.count(), 4);
    for source in
        [SourceId::Docker, SourceId::Journal("lab-worker".to_owned()), SourceId::Journal("lab-worker3".to_owned())]
    {
        let live = Observation::Source(SourceReport { source, health: SourceHealth::Live });
        assert!(observations.contains(&live), "{live:?}");
    }
    assert_eq!(count_lines(&observations, "Started kubelet"), 3);
    assert_eq!(count_lines(&observations, "] \\\"Failed"), 0);
    assert_eq!(get(&api(&fixture.lab), "/readyz").await, "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_and_a_start_go_through_the_recorded_steps() {
    let mut fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(12.0)).await;
    fixture.observations();
    let address = api(&fixture.lab);
    let began = now();
    let stopping = fixture.lab.carry_out(FaultAction::Stop);
    let watching = async {
        fixture.sleep(seconds(5.0)).await;
        let word = get(&address, "/readyz").await;
        assert!(["reset", "eof"].contains(&word.as_str()), "the engine's proxy has nothing behind it: {word}");
    };
    let (stopped, ()) = tokio::join!(stopping, watching);
    stopped.unwrap();
    let took = began.elapsed().mul_f64(fixture.speed).as_secs_f64();
    assert!((10.5..16.0).contains(&took), "a stop takes as long as docker's: {took}");
    assert_eq!(get(&address, "/readyz").await, "refused");
    fixture.sleep(seconds(20.0)).await;
    let observations = fixture.observations();
    use EngineAction::{Connect, Die, Disconnect, Kill, Start, Stop};
    assert_eq!(actions(&observations), [Kill, Kill, Die, Disconnect, Stop]);
    assert_eq!(last_state(&observations), Some((RunState::Exited, Some(137), false)));
    assert!(count_lines(&observations, "connect: connection refused") > 0);
    assert!(count_lines(&observations, "lookup lab-control-plane on 172.18.0.1:53: no such host") > 0);

    let began = now();
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&fixture).await;
    let took = began.elapsed().mul_f64(fixture.speed).as_secs_f64();
    // a step of half a second may pass between two requests, but the order is fixed
    let expected = ["reset", "hangs", "403", "500", "200"];
    let mut indices = steps.iter().map(|step| expected.iter().position(|known| known == step));
    assert!(indices.clone().all(|index| index.is_some()), "{steps:?}");
    assert!(indices.clone().is_sorted() && indices.next() == Some(Some(0)), "{steps:?}");
    assert!((14.0..30.0).contains(&took), "ready after {took}");
    fixture.sleep(seconds(70.0)).await;
    let observations = fixture.observations();
    assert_eq!(actions(&observations), [Connect, Start]);
    assert_eq!(last_state(&observations), Some((RunState::Running, None, true)));
    // recovered: nothing is logged about the control plane in the next half minute
    fixture.sleep(seconds(30.0)).await;
    let observations = fixture.observations();
    assert_eq!(count_lines(&observations, "lab-control-plane:6443"), 0, "{observations:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workload_answers_throughout_an_outage_and_a_crashed_pod_restarts() {
    let mut fixture = LabFixture::start(FAST);
    let ports = node_ports(&fixture.lab);
    fixture.lab.carry_out(FaultAction::Kill).await.unwrap();
    for round in 0..20 {
        for port in &ports {
            assert_eq!(get(port, "/status/200").await, "200", "round {round}");
        }
    }
    let pod = fixture.lab.pods()[0].clone();
    fixture.lab.crash_pod(&pod).unwrap();
    // kube-proxy does not learn of it: one request in three still goes to the dead container
    let mut results = BTreeSet::new();
    for _ in 0..40 {
        results.insert(get(&ports[0], "/status/200").await);
    }
    assert!(results.contains("200"), "{results:?}");
    fixture.sleep(seconds(12.0)).await;
    for _ in 0..30 {
        assert_eq!(get(&ports[0], "/status/200").await, "200");
    }
    let observations = fixture.observations();
    assert_eq!(count_lines(&observations, "RemoveContainer"), 1);
    assert!(count_lines(&observations, "Failed to get status for pod") > 0, "the status cannot be reported");
    assert!(count_lines(&observations, "Unable to write event") > 0, "the events cannot be written");
    assert!(matches!(fixture.lab.crash_pod("no"), Err(LabError::NoSuchPod { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_through_a_node_port_reach_every_pod() {
    let fixture = LabFixture::start(FAST);
    let port = node_ports(&fixture.lab).remove(0);
    let mut pods = BTreeSet::new();
    for _ in 0..60 {
        let mut stream = TcpStream::connect(&port).await.unwrap();
        stream.write_all(b"GET /hostname HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        pods.extend(answer.split('"').nth(3).map(str::to_owned));
    }
    assert_eq!(pods.len(), 3, "{pods:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_control_plane_accepts_connections_and_answers_after_the_restore() {
    let mut fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.carry_out(FaultAction::Pause).await.unwrap();
    let address = api(&fixture.lab);
    assert_eq!(get(&address, "/readyz").await, "hangs");
    fixture.sleep(seconds(70.0)).await;
    let observations = fixture.observations();
    assert_eq!(last_state(&observations), Some((RunState::Paused, None, true)));
    assert_eq!(count_lines(&observations, "connection refused") + count_lines(&observations, "no such host"), 0);
    assert!(count_lines(&observations, "Client.Timeout exceeded while awaiting headers") > 0);
    assert!(count_lines(&observations, "http2: client connection lost") > 0);
    assert!(count_lines(&observations, "net/http: TLS handshake timeout") > 0);
    assert!(matches!(fixture.lab.carry_out(FaultAction::Pause).await, Err(LabError::NotNow { .. })));
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    assert_eq!(get(&address, "/readyz").await, "200");
    assert_eq!(actions(&fixture.observations()), [EngineAction::Unpause]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reflectors_of_1_20_log_nothing_while_the_control_plane_is_paused() {
    let mut fixture = LabFixture::start(LabOptions { kubernetes: KubernetesVersion::V1_20, ..FAST });
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.carry_out(FaultAction::Pause).await.unwrap();
    fixture.sleep(seconds(95.0)).await;
    let observations = fixture.observations();
    // `pause/worker2.log` has heartbeats only, one line every ten seconds each; a fast lab on a busy machine misses
    // some
    assert_eq!(count_lines(&observations, "reflector.go"), 0);
    assert_eq!(count_lines(&observations, "connection refused") + count_lines(&observations, "no such host"), 0);
    let (status, lease) =
        (count_lines(&observations, "kubelet_node_status.go"), count_lines(&observations, "controller.go"));
    assert!((10..36).contains(&status) && (10..42).contains(&lease), "{status} {lease}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnected_control_plane_first_times_out_and_then_does_not_resolve() {
    let mut fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.carry_out(FaultAction::Disconnect).await.unwrap();
    let address = api(&fixture.lab);
    assert_eq!(get(&address, "/readyz").await, "refused");
    fixture.sleep(seconds(80.0)).await;
    let observations = fixture.observations();
    assert_eq!(last_state(&observations), Some((RunState::Running, None, false)));
    assert_eq!(count_lines(&observations, "connection refused"), 0);
    assert!(count_lines(&observations, "Client.Timeout exceeded while awaiting headers") > 0);
    assert!(count_lines(&observations, "no such host") > 0);
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&fixture).await;
    assert_eq!(steps.last().map(String::as_str), Some("200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_api_server_alone_connections_are_refused_and_reflectors_log_nothing() {
    let mut fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.carry_out(FaultAction::Apiserver).await.unwrap();
    fixture.sleep(seconds(60.0)).await;
    let observations = fixture.observations();
    assert_eq!(actions(&observations), []);
    assert_eq!(count_lines(&observations, "no such host"), 0);
    assert!(count_lines(&observations, "connect: connection refused") > 10);
    assert_eq!(count_lines(&observations, "Failed to watch"), 0);
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&fixture).await;
    assert_eq!(steps.last().map(String::as_str), Some("200"));
}

/// `cargo test --test it -- --ignored in_an_hour`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute: run it by hand"]
async fn a_healthy_lab_logs_no_failure_in_an_hour() {
    let mut fixture = LabFixture::start(LabOptions { speed: 60.0, ..FAST });
    fixture.sleep(seconds(3600.0)).await;
    let observations = fixture.observations();
    assert_eq!(count_lines(&observations, "lab-control-plane:6443"), 0);
    for worker in ["lab-worker", "lab-worker2", "lab-worker3"] {
        assert_eq!(readiness(&fixture.lab, worker).await, "True");
    }
}

/// Returns the status of a node's Ready condition from the API server.
async fn readiness(lab: &Lab, node: &str) -> String {
    let mut stream = TcpStream::connect(api(lab)).await.unwrap();
    let request = format!("GET /api/v1/nodes/{node} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let node: serde_json::Value = serde_json::from_str(body).unwrap();
    let conditions = node["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready").unwrap();
    ready["status"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_heartbeats_becomes_unknown_after_the_grace_period_and_ready_again_with_them() {
    let fixture = LabFixture::start(FAST);
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.stop_kubelet("lab-worker2").unwrap();
    fixture.sleep(seconds(30.0)).await;
    assert_eq!(readiness(&fixture.lab, "lab-worker2").await, "True");
    fixture.sleep(seconds(40.0)).await;
    assert_eq!(readiness(&fixture.lab, "lab-worker2").await, "Unknown");
    assert_eq!(readiness(&fixture.lab, "lab-worker").await, "True");
    fixture.lab.start_kubelet("lab-worker2").unwrap();
    fixture.sleep(seconds(15.0)).await;
    assert_eq!(readiness(&fixture.lab, "lab-worker2").await, "True");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_node_becomes_unknown_during_an_outage_or_soon_after() {
    let fixture = LabFixture::start(LabOptions { speed: 40.0, ..FAST });
    fixture.sleep(seconds(12.0)).await;
    fixture.lab.carry_out(FaultAction::Kill).await.unwrap();
    fixture.sleep(seconds(120.0)).await;
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    readyz_until_ready(&fixture).await;
    for _ in 0..20 {
        for worker in ["lab-worker", "lab-worker2", "lab-worker3"] {
            assert_eq!(readiness(&fixture.lab, worker).await, "True");
        }
        fixture.sleep(seconds(5.0)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labs_share_no_port_and_a_cancelled_one_ends_at_once() {
    let first = LabFixture::start(FAST);
    let second = LabFixture::start(LabOptions { workers: 50, ..FAST });
    let ports = |fixture: &LabFixture| -> BTreeSet<SocketAddr> {
        let ports = node_ports(&fixture.lab).into_iter().chain([api(&fixture.lab)]);
        ports.map(|address| address.parse().unwrap()).collect()
    };
    let (all, others) = (ports(&first), ports(&second));
    assert_eq!(others.len(), 51);
    assert!(all.is_disjoint(&others) && all.iter().chain(&others).all(|address| address.ip().is_loopback()));
    let LabFixture { lab, mut receiver, cancel, speed: _ } = second;
    let pending = tokio::spawn(async move {
        let stopped = lab.carry_out(FaultAction::Stop).await;
        (lab, stopped)
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    cancel.cancel();
    let (lab, stopped) = timeout(TIMEOUT, pending).await.expect("a fault ends with its lab").unwrap();
    assert!(matches!(stopped, Err(LabError::Ended)));
    drop(lab);
    let ended = async { while receiver.recv().await.is_some() {} };
    timeout(Duration::from_secs(2), ended).await.expect("every task has dropped the feed");
    let end = now() + Duration::from_secs(1);
    for address in &others {
        while get(&address.to_string(), "/readyz").await != "refused" {
            assert!(now() < end, "{address} is still open");
        }
    }
    assert_eq!(get(&api(&first.lab), "/readyz").await, "200");
}

#[tokio::test]
async fn too_many_workers_are_refused() {
    let (feed, _heard) = blackout::feed::Feed::channel(blackout::clock::Clock::start(), 1);
    let options = LabOptions { workers: 51, ..FAST };
    let error = Lab::start(options, feed, tokio_util::sync::CancellationToken::new()).unwrap_err();
    assert_eq!(error.to_string(), "a lab has 1 to 50 workers, not 51");
}
