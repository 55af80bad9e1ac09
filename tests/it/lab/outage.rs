//! Whole outages in the lab: what each deed does, in which order, and what goes on all the time.

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

use super::{Stage, seconds};

const FAST: LabOptions = LabOptions { workers: 3, seed: 2, speed: 20.0, kubernetes: KubernetesVersion::V1_34 };
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_millis(400);

/// What a request met, in one word.
async fn get(address: &str, path: &str) -> String {
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match timeout(PATIENCE, answer).await {
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
    lab.cluster().api_endpoint.expect("it has one")
}

fn node_ports(lab: &Lab) -> Vec<String> {
    lab.cluster().workers().map(|worker| worker.node_port.clone().expect("it has one")).collect()
}

/// What `/readyz` met, one after the other, until it is 200 again; a reset and an end of file are the same here.
async fn readyz_until_ready(stage: &Stage) -> Vec<String> {
    let address = api(&stage.lab);
    let mut met: Vec<String> = Vec::new();
    let end = deadline(stage, 60.0);
    loop {
        let word = get(&address, "/readyz").await.replace("eof", "reset");
        if met.last() != Some(&word) {
            met.push(word.clone());
        }
        if word == "200" && met.len() > 1 {
            return met;
        }
        assert!(now() < end, "not ready in a minute: {met:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own patience")]
fn now() -> Instant {
    Instant::now()
}

fn deadline(stage: &Stage, real: f64) -> Instant {
    now() + seconds(real).div_f64(stage.speed)
}

fn actions(said: &[Observation]) -> Vec<EngineAction> {
    let events = said.iter().filter_map(|said| match said {
        Observation::EngineEvent(event) => Some(event.action),
        _ => None,
    });
    events.collect()
}

fn last_state(said: &[Observation]) -> Option<(RunState, Option<i64>, bool)> {
    said.iter().rev().find_map(|said| match said {
        Observation::Container(state) if state.node == "lab-control-plane" => {
            Some((state.state, state.exit_code, state.attached))
        }
        _ => None,
    })
}

fn journal(said: &[Observation], phrase: &str) -> usize {
    let lines = said.iter().filter(|said| matches!(said, Observation::Journal(line) if line.line.contains(phrase)));
    lines.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lab_introduces_itself_and_is_healthy() {
    let mut stage = Stage::set(FAST);
    stage.pass(seconds(15.0)).await;
    let said = stage.said();
    let cluster = said.iter().find_map(|said| match said {
        Observation::Cluster(cluster) => Some(cluster.clone()),
        _ => None,
    });
    assert_eq!(cluster, Some(stage.lab.cluster()));
    let running =
        said.iter().filter(|said| matches!(said, Observation::Container(state) if state.state == RunState::Running));
    assert_eq!(running.count(), 4);
    for source in
        [SourceId::Docker, SourceId::Journal("lab-worker".to_owned()), SourceId::Journal("lab-worker3".to_owned())]
    {
        let live = Observation::Source(SourceReport { source, health: SourceHealth::Live });
        assert!(said.contains(&live), "{live:?}");
    }
    assert_eq!(journal(&said, "Started kubelet"), 3);
    assert_eq!(journal(&said, "] \\\"Failed"), 0);
    assert_eq!(get(&api(&stage.lab), "/readyz").await, "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_and_a_start_go_through_the_measured_steps() {
    let mut stage = Stage::set(FAST);
    stage.pass(seconds(12.0)).await;
    stage.said();
    let address = api(&stage.lab);
    let began = now();
    let stopping = stage.lab.carry_out(FaultAction::Stop);
    let watching = async {
        stage.pass(seconds(5.0)).await;
        let word = get(&address, "/readyz").await;
        assert!(["reset", "eof"].contains(&word.as_str()), "the engine's proxy has nothing behind it: {word}");
    };
    let (stopped, ()) = tokio::join!(stopping, watching);
    stopped.unwrap();
    let took = began.elapsed().mul_f64(stage.speed).as_secs_f64();
    assert!((10.5..16.0).contains(&took), "a stop takes as long as docker's: {took}");
    assert_eq!(get(&address, "/readyz").await, "refused");
    stage.pass(seconds(20.0)).await;
    let said = stage.said();
    use EngineAction::{Connect, Die, Disconnect, Kill, Start, Stop};
    assert_eq!(actions(&said), [Kill, Kill, Die, Disconnect, Stop]);
    assert_eq!(last_state(&said), Some((RunState::Exited, Some(137), false)));
    assert!(journal(&said, "connect: connection refused") > 0);
    assert!(journal(&said, "lookup lab-control-plane on 172.18.0.1:53: no such host") > 0);

    let began = now();
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&stage).await;
    let took = began.elapsed().mul_f64(stage.speed).as_secs_f64();
    // a step of half a second may pass between two questions; their order may not change
    let expected = ["reset", "hangs", "403", "500", "200"];
    let mut places = steps.iter().map(|step| expected.iter().position(|known| known == step));
    assert!(places.clone().all(|place| place.is_some()), "{steps:?}");
    assert!(places.clone().is_sorted() && places.next() == Some(Some(0)), "{steps:?}");
    assert!((14.0..30.0).contains(&took), "ready after {took}");
    stage.pass(seconds(70.0)).await;
    let said = stage.said();
    assert_eq!(actions(&said), [Connect, Start]);
    assert_eq!(last_state(&said), Some((RunState::Running, None, true)));
    // everyone is back: what is said in the next minute is nothing about the control plane
    stage.pass(seconds(30.0)).await;
    let said = stage.said();
    assert_eq!(journal(&said, "lab-control-plane:6443"), 0, "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workload_answers_all_the_time_and_a_crashed_pod_comes_back_in_the_outage() {
    let mut stage = Stage::set(FAST);
    let ports = node_ports(&stage.lab);
    stage.lab.carry_out(FaultAction::Kill).await.unwrap();
    for round in 0..20 {
        for port in &ports {
            assert_eq!(get(port, "/status/200").await, "200", "round {round}");
        }
    }
    let pod = stage.lab.pods()[0].clone();
    stage.lab.crash_pod(&pod).unwrap();
    // kube-proxy cannot hear of it: one request in three still goes to the dead container
    let mut words = BTreeSet::new();
    for _ in 0..40 {
        words.insert(get(&ports[0], "/status/200").await);
    }
    assert!(words.contains("200"), "{words:?}");
    stage.pass(seconds(12.0)).await;
    for _ in 0..30 {
        assert_eq!(get(&ports[0], "/status/200").await, "200");
    }
    let said = stage.said();
    assert_eq!(journal(&said, "RemoveContainer"), 1);
    assert!(journal(&said, "Failed to get status for pod") > 0, "it cannot be told");
    assert!(journal(&said, "Unable to write event") > 0, "nor written down");
    assert!(matches!(stage.lab.crash_pod("no"), Err(LabError::NoSuchPod { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_through_a_node_port_are_spread_over_the_pods() {
    let stage = Stage::set(FAST);
    let port = node_ports(&stage.lab).remove(0);
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
async fn a_paused_control_plane_takes_connections_and_answers_when_it_is_restored() {
    let mut stage = Stage::set(FAST);
    stage.pass(seconds(12.0)).await;
    stage.lab.carry_out(FaultAction::Pause).await.unwrap();
    let address = api(&stage.lab);
    assert_eq!(get(&address, "/readyz").await, "hangs");
    stage.pass(seconds(70.0)).await;
    let said = stage.said();
    assert_eq!(last_state(&said), Some((RunState::Paused, None, true)));
    assert_eq!(journal(&said, "connection refused") + journal(&said, "no such host"), 0);
    assert!(journal(&said, "Client.Timeout exceeded while awaiting headers") > 0);
    assert!(journal(&said, "http2: client connection lost") > 0);
    assert!(journal(&said, "net/http: TLS handshake timeout") > 0);
    assert!(matches!(stage.lab.carry_out(FaultAction::Pause).await, Err(LabError::NotNow { .. })));
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    assert_eq!(get(&address, "/readyz").await, "200");
    assert_eq!(actions(&stage.said()), [EngineAction::Unpause]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_reflectors_are_silent_while_the_control_plane_is_paused() {
    let mut stage = Stage::set(LabOptions { kubernetes: KubernetesVersion::V1_20, ..FAST });
    stage.pass(seconds(12.0)).await;
    stage.lab.carry_out(FaultAction::Pause).await.unwrap();
    stage.pass(seconds(95.0)).await;
    let said = stage.said();
    // `pause/worker2.log`: nothing but heartbeats, one line every ten seconds each; on a busy machine a lab that hurries
    // misses some
    assert_eq!(journal(&said, "reflector.go"), 0);
    assert_eq!(journal(&said, "connection refused") + journal(&said, "no such host"), 0);
    let (status, lease) = (journal(&said, "kubelet_node_status.go"), journal(&said, "controller.go"));
    assert!((10..36).contains(&status) && (10..42).contains(&lease), "{status} {lease}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_plane_that_is_cut_off_times_out_and_then_has_no_name() {
    let mut stage = Stage::set(FAST);
    stage.pass(seconds(12.0)).await;
    stage.lab.carry_out(FaultAction::Disconnect).await.unwrap();
    let address = api(&stage.lab);
    assert_eq!(get(&address, "/readyz").await, "refused");
    stage.pass(seconds(80.0)).await;
    let said = stage.said();
    assert_eq!(last_state(&said), Some((RunState::Running, None, false)));
    assert_eq!(journal(&said, "connection refused"), 0);
    assert!(journal(&said, "Client.Timeout exceeded while awaiting headers") > 0);
    assert!(journal(&said, "no such host") > 0);
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&stage).await;
    assert_eq!(steps.last().map(String::as_str), Some("200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_api_server_alone_there_is_only_refusal_and_reflectors_are_silent() {
    let mut stage = Stage::set(FAST);
    stage.pass(seconds(12.0)).await;
    stage.lab.carry_out(FaultAction::Apiserver).await.unwrap();
    stage.pass(seconds(60.0)).await;
    let said = stage.said();
    assert_eq!(actions(&said), []);
    assert_eq!(journal(&said, "no such host"), 0);
    assert!(journal(&said, "connect: connection refused") > 10);
    assert_eq!(journal(&said, "Failed to watch"), 0);
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    let steps = readyz_until_ready(&stage).await;
    assert_eq!(steps.last().map(String::as_str), Some("200"));
}

/// `cargo test --test it -- --ignored an_hour`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a soak of a minute: run it by hand"]
async fn an_hour_of_a_healthy_lab_has_nothing_to_complain_of() {
    let mut stage = Stage::set(LabOptions { speed: 60.0, ..FAST });
    stage.pass(seconds(3600.0)).await;
    let said = stage.said();
    assert_eq!(journal(&said, "lab-control-plane:6443"), 0);
    for worker in ["lab-worker", "lab-worker2", "lab-worker3"] {
        assert_eq!(readiness(&stage.lab, worker).await, "True");
    }
}

/// `status` of a node's Ready condition, as the API server has it.
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
async fn a_silent_node_becomes_unknown_after_the_grace_period_and_ready_again_when_it_speaks() {
    let stage = Stage::set(FAST);
    stage.pass(seconds(12.0)).await;
    stage.lab.stop_kubelet("lab-worker2").unwrap();
    stage.pass(seconds(30.0)).await;
    assert_eq!(readiness(&stage.lab, "lab-worker2").await, "True");
    stage.pass(seconds(40.0)).await;
    assert_eq!(readiness(&stage.lab, "lab-worker2").await, "Unknown");
    assert_eq!(readiness(&stage.lab, "lab-worker").await, "True");
    stage.lab.start_kubelet("lab-worker2").unwrap();
    stage.pass(seconds(15.0)).await;
    assert_eq!(readiness(&stage.lab, "lab-worker2").await, "True");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_marks_a_node_while_the_control_plane_is_away_nor_soon_after() {
    let stage = Stage::set(LabOptions { speed: 40.0, ..FAST });
    stage.pass(seconds(12.0)).await;
    stage.lab.carry_out(FaultAction::Kill).await.unwrap();
    stage.pass(seconds(120.0)).await;
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    readyz_until_ready(&stage).await;
    for _ in 0..20 {
        for worker in ["lab-worker", "lab-worker2", "lab-worker3"] {
            assert_eq!(readiness(&stage.lab, worker).await, "True");
        }
        stage.pass(seconds(5.0)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labs_do_not_meet_and_each_ends_at_once() {
    let first = Stage::set(FAST);
    let second = Stage::set(LabOptions { workers: 50, ..FAST });
    let ports = |stage: &Stage| -> BTreeSet<SocketAddr> {
        let ports = node_ports(&stage.lab).into_iter().chain([api(&stage.lab)]);
        ports.map(|address| address.parse().unwrap()).collect()
    };
    let (all, others) = (ports(&first), ports(&second));
    assert_eq!(others.len(), 51);
    assert!(all.is_disjoint(&others) && all.iter().chain(&others).all(|address| address.ip().is_loopback()));
    let Stage { lab, mut heard, cancel, speed: _ } = second;
    let pending = tokio::spawn(async move {
        let stopped = lab.carry_out(FaultAction::Stop).await;
        (lab, stopped)
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    cancel.cancel();
    let (lab, stopped) = timeout(PATIENCE, pending).await.expect("a deed ends with its lab").unwrap();
    assert!(matches!(stopped, Err(LabError::Ended)));
    drop(lab);
    let ended = async { while heard.recv().await.is_some() {} };
    timeout(Duration::from_secs(2), ended).await.expect("every task has let go of the feed");
    let end = now() + Duration::from_secs(1);
    for address in &others {
        while get(&address.to_string(), "/readyz").await != "refused" {
            assert!(now() < end, "{address} is still open");
        }
    }
    assert_eq!(get(&api(&first.lab), "/readyz").await, "200");
}

#[tokio::test]
async fn a_number_of_workers_that_makes_no_sense_is_refused() {
    let (feed, _heard) = blackout::feed::Feed::channel(blackout::clock::Clock::start(), 1);
    let options = LabOptions { workers: 51, ..FAST };
    let error = Lab::start(options, feed, tokio_util::sync::CancellationToken::new()).unwrap_err();
    assert_eq!(error.to_string(), "a lab has 1 to 50 workers, not 51");
}
