//! The lab's sockets and real clients: the sources of a live cluster, plain HTTP, and kubectl.

use std::{process::Command, time::Duration};

use blackout::{
    clock::Clock,
    feed::Feed,
    lab::{Lab, LabOptions},
    observation::{
        FaultAction, HealthCheck, ListedResource, NodeReadiness, Observation, ProbeOutcome, SourceHealth, SourceId,
        SourceReport, TrafficOutcome,
    },
    source::{self, SourceContext, access::ApiAccess},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc::Receiver,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{CAPACITY, LabFixture, seconds};

const FAST: LabOptions =
    LabOptions { workers: 3, seed: 3, speed: 20.0, kubernetes: blackout::lab::KubernetesVersion::V1_34 };
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longer than a response takes, if there is one.
const SHORT_TIMEOUT: Duration = Duration::from_millis(300);

/// A lab, watched by the sources of a live cluster.
struct WatchedLab {
    lab: Lab,
    receiver: Receiver<blackout::observation::Stamped>,
    _cancel: tokio_util::sync::DropGuard,
}

impl WatchedLab {
    fn start(options: LabOptions) -> Self {
        let (feed, receiver) = Feed::channel(Clock::start(), CAPACITY);
        let cancel = CancellationToken::new();
        let lab = Lab::start(options, feed.clone(), cancel.clone()).unwrap();
        let context = SourceContext::new(feed, cancel.clone());
        let access = ApiAccess::Plain { url: lab.url() };
        tokio::spawn(source::health::run(context.clone(), access.clone(), lab.view()));
        for resource in [ListedResource::Nodes, ListedResource::Pods, ListedResource::Leases] {
            tokio::spawn(source::kubernetes::run(context.clone(), resource, access.clone(), lab.view()));
        }
        tokio::spawn(source::traffic::run(context, lab.view(), 30090));
        Self { lab, receiver, _cancel: cancel.drop_guard() }
    }

    /// Waits for all of the wanted observations, in any order.
    async fn wait_for(&mut self, mut wanted: Vec<Wanted>) {
        let waiting = async {
            while !wanted.is_empty() {
                let stamped = self.receiver.recv().await.expect("the lab runs");
                if let Observation::Traffic(probe) = &stamped.observation {
                    assert_eq!(probe.outcome, TrafficOutcome::Answered(200), "the workload always answers");
                }
                wanted.retain(|(_, matches)| !matches(&stamped.observation));
            }
        };
        let received = timeout(TIMEOUT, waiting).await;
        let missing: Vec<_> = wanted.iter().map(|(name, _)| *name).collect();
        assert!(received.is_ok(), "missing: {missing:?}");
    }
}

/// A name and a predicate.
type Wanted = (&'static str, Box<dyn Fn(&Observation) -> bool + Send>);

fn live(name: &'static str, source: SourceId) -> Wanted {
    let live = Observation::Source(SourceReport { source, health: SourceHealth::Live });
    (name, Box::new(move |observation| *observation == live))
}

fn retrying(name: &'static str, source: SourceId) -> Wanted {
    (
        name,
        Box::new(move |observation| match observation {
            Observation::Source(SourceReport { source: other, health: SourceHealth::Retrying { .. } }) => {
                *other == source
            }
            _ => false,
        }),
    )
}

fn readyz(name: &'static str, wanted: ProbeOutcome) -> Wanted {
    (
        name,
        Box::new(move |observation| match observation {
            Observation::Health(probe) => probe.check == HealthCheck::Readyz && probe.outcome == wanted,
            _ => false,
        }),
    )
}

fn listed(name: &'static str, resource: ListedResource, count: usize) -> Wanted {
    (
        name,
        Box::new(move |observation| match observation {
            Observation::Listed(listed) => listed.resource == resource && listed.names.len() == count,
            _ => false,
        }),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sources_of_a_live_cluster_watch_the_lab_through_an_outage() {
    let mut watched = WatchedLab::start(FAST);
    let ready = |observation: &Observation| match observation {
        Observation::Node(node) => node.ready == NodeReadiness::Ready && node.kubelet_version == "v1.34.3",
        _ => false,
    };
    let workload = |observation: &Observation| match observation {
        Observation::Pod(pod) => pod.workload && pod.status == "Running" && pod.ready == 1,
        _ => false,
    };
    watched
        .wait_for(vec![
            ("a ready node", Box::new(ready)),
            ("a pod of the workload", Box::new(workload)),
            (
                "a lease",
                Box::new(|observation| matches!(observation, Observation::Lease { node, .. } if node == "lab-worker3")),
            ),
            listed("nodes", ListedResource::Nodes, 4),
            listed("pods", ListedResource::Pods, 17),
            listed("leases", ListedResource::Leases, 4),
            live("nodes live", SourceId::Nodes),
            live("pods live", SourceId::Pods),
            live("leases live", SourceId::Leases),
            live("health live", SourceId::Health),
            live("traffic live", SourceId::Traffic),
            readyz("ready", ProbeOutcome::Ok),
        ])
        .await;
    watched.lab.carry_out(FaultAction::Stop).await.unwrap();
    watched
        .wait_for(vec![
            retrying("nodes retry", SourceId::Nodes),
            retrying("pods retry", SourceId::Pods),
            retrying("leases retry", SourceId::Leases),
            readyz("refused", ProbeOutcome::Failed(blackout::observation::ProbeError::Refused)),
        ])
        .await;
    watched.lab.carry_out(FaultAction::Restore).await.unwrap();
    watched
        .wait_for(vec![
            readyz("ready again", ProbeOutcome::Ok),
            live("nodes live again", SourceId::Nodes),
            live("pods live again", SourceId::Pods),
            live("leases live again", SourceId::Leases),
            (
                "a lease renewed",
                Box::new(|observation| matches!(observation, Observation::Lease { node, .. } if node == "lab-worker")),
            ),
        ])
        .await;
}

/// Sends a request. Returns head and body of the response.
async fn exchange(lab: &Lab, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(TIMEOUT, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

async fn get(lab: &Lab, path: &str) -> (String, String) {
    exchange(lab, &format!("GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")).await
}

/// Parses the events of a watch from a chunked body.
fn events(body: &str) -> Vec<Value> {
    let lines = body.split("\r\n").filter(|line| line.starts_with('{'));
    lines.flat_map(str::lines).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_lists_the_objects_then_sends_changes_and_ends_on_time_after_a_bookmark() {
    let fixture = LabFixture::start(FAST);
    let (head, body) =
        get(&fixture.lab, "/apis/coordination.k8s.io/v1/leases?watch=1&allowWatchBookmarks=true&timeoutSeconds=22")
            .await;
    assert!(head.contains("200 OK") && head.contains("chunked"), "{head}");
    let words: Vec<_> = events(&body).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words[..4], ["ADDED", "ADDED", "ADDED", "ADDED"]);
    assert!(words.iter().filter(|word| *word == "MODIFIED").count() >= 6, "two renewals of each lease: {words:?}");
    assert_eq!(words.iter().filter(|word| *word == "BOOKMARK").count(), 1);
}

/// Opens a watch from the host and reads its first event.
async fn open_watch(lab: &Lab) -> TcpStream {
    let mut stream = TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await.unwrap();
    stream.write_all(b"GET /api/v1/nodes?watch=1&timeoutSeconds=600 HTTP/1.1\r\nHost: lab\r\n\r\n").await.unwrap();
    let mut begun = Vec::new();
    let first_event = async {
        while !begun.windows(5).any(|word| word == b"ADDED") {
            assert!(stream.read_buf(&mut begun).await.unwrap() > 0);
        }
    };
    timeout(TIMEOUT, first_event).await.unwrap();
    stream
}

/// Whether a connection ends within the time, in order or not.
async fn ends(stream: &mut TcpStream, within: Duration) -> bool {
    let mut rest = Vec::new();
    timeout(within, stream.read_to_end(&mut rest)).await.is_ok()
}

/// Makes a request on a new connection. Returns how it ended.
async fn try_connect(lab: &Lab) -> &'static str {
    let mut stream = match TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await {
        Ok(stream) => stream,
        // accepted, and reset before `connect` has returned
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return "cut off",
        Err(_) => return "refused",
    };
    let _ = stream.write_all(b"GET /livez HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").await;
    let mut answer = String::new();
    match timeout(SHORT_TIMEOUT, stream.read_to_string(&mut answer)).await {
        Err(_) => "hangs",
        Ok(Ok(_)) if answer.starts_with("HTTP/1.1 200") => "answered",
        Ok(_) => "cut off",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_treats_open_and_new_connections_as_recorded() {
    for (fault, open_one_ends, new_one) in [
        (FaultAction::Kill, true, "refused"),
        (FaultAction::Pause, false, "hangs"),
        // the engine's proxy ends with the published port
        (FaultAction::Disconnect, true, "refused"),
        // the engine's proxy accepts the connection and has no backend
        (FaultAction::Apiserver, true, "cut off"),
    ] {
        let fixture = LabFixture::start(FAST);
        assert_eq!(try_connect(&fixture.lab).await, "answered");
        let mut stream = open_watch(&fixture.lab).await;
        fixture.lab.carry_out(fault).await.unwrap();
        assert_eq!(try_connect(&fixture.lab).await, new_one, "{fault:?}");
        let within = if open_one_ends { TIMEOUT } else { SHORT_TIMEOUT };
        assert_eq!(ends(&mut stream, within).await, open_one_ends, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_a_version_before_the_history_gets_410() {
    let fixture = LabFixture::start(FAST);
    fixture.lab.carry_out(FaultAction::Kill).await.unwrap();
    fixture.lab.carry_out(FaultAction::Restore).await.unwrap();
    fixture.sleep(seconds(18.0)).await;
    let (_, body) = get(&fixture.lab, "/api/v1/nodes?watch=true&resourceVersion=1").await;
    let events = events(&body);
    assert_eq!((&events[0]["type"], &events[0]["object"]["code"]), (&Value::from("ERROR"), &Value::from(410)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_created_by_a_dry_run_is_not_stored() {
    let fixture = LabFixture::start(FAST);
    let post = async |query: &str, pod: &str| {
        let length = pod.len();
        let head = format!(
            "POST /api/v1/namespaces/default/pods{query} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        exchange(&fixture.lab, &format!("{head}{pod}")).await.0
    };
    let pod = r#"{"metadata":{"generateName":"probe-"},"spec":{"containers":[{"name":"x","image":"x"}]}}"#;
    assert!(post("?dryRun=All", pod).await.contains("201 Created"));
    assert!(post("", pod).await.contains("405"));
    assert!(post("?dryRun=All", r#"{"metadata":{"name":"x"},"spec":{}}"#).await.contains("422"));
    assert!(post("?dryRun=All", "no json").await.contains("400"));
    let (_, pods) = get(&fixture.lab, "/api/v1/namespaces/default/pods").await;
    assert_eq!(pods.matches("probe-").count(), 0);
    let (head, _) = get(&fixture.lab, "/api/v1/namespaces/default/pods/none").await;
    assert!(head.contains("404"), "{head}");
    let (_, checks) = get(&fixture.lab, "/readyz?verbose").await;
    assert!(checks.contains("[+]etcd ok\n") && checks.ends_with("readyz check passed\n"), "{checks}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_lists_and_watches_if_it_is_installed() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("kubectl is not installed here: skipped");
        return;
    }
    let fixture = LabFixture::start(FAST);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    fixture.lab.write_kubeconfig(&kubeconfig).unwrap();
    let home = folder.path().to_owned();
    let kubectl = move |arguments: &[&str]| {
        let (kubeconfig, home) = (kubeconfig.clone(), home.clone());
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        async move {
            let run = move || {
                let mut command = Command::new("kubectl");
                command.arg("--kubeconfig").arg(kubeconfig).args(arguments).env("HOME", home).output().unwrap()
            };
            let output = tokio::task::spawn_blocking(run).await.unwrap();
            let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{out}{errors}");
            out.into_owned()
        }
    };
    let nodes = kubectl(&["get", "nodes"]).await;
    assert!(nodes.contains("lab-worker2") && nodes.matches(" Ready ").count() == 4, "{nodes}");
    let pods = kubectl(&["get", "pods", "-A", "-o", "wide"]).await;
    assert_eq!(pods.matches("1/1").count(), 17, "{pods}");
    let pod = folder.path().join("pod.json");
    std::fs::write(&pod, r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe"},"spec":{"containers":[{"name":"x","image":"x"}]}}"#).unwrap();
    let tried = kubectl(&["create", "--dry-run=server", "-f", pod.to_str().unwrap()]).await;
    assert!(tried.contains("pod/probe created (server dry run)"), "{tried}");
    let described = kubectl(&["describe", "node", "lab-worker"]).await;
    assert!(described.contains("kubelet is posting ready status"), "{described}");
    let both = kubectl(&["get", "nodes,pods", "-A", "-o", "name"]).await;
    assert_eq!(both.lines().count(), 4 + 17, "{both}");
    // 40 s before scaling: each of the four leases is renewed four times
    let watched = kubectl(&["get", "--raw", "/apis/coordination.k8s.io/v1/leases?watch=1&timeoutSeconds=40"]).await;
    assert!(watched.matches("MODIFIED").count() >= 8, "{watched}");
}

/// Returns the CPU time of this process in seconds; `None` without `/proc`.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// Prints the CPU time that an idle lab uses in 30 s.
#[expect(clippy::print_stderr, reason = "the figure is for a person")]
async fn print_idle_cost(what: &str) {
    tokio::time::sleep(Duration::from_secs(5)).await;
    let Some(before) = cpu_seconds() else { return };
    tokio::time::sleep(Duration::from_secs(30)).await;
    let used = cpu_seconds().unwrap() - before;
    let share = used / 30.0 / 2.0 * 100.0;
    eprintln!("{what}: {used:.2} s of CPU in 30 s = {share:.2} % of two cores");
}

/// `cargo test --release --test it -- --ignored --nocapture --test-threads 1 fifty_workers`
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement of 35 s: run it alone, in a release build"]
async fn idle_lab_with_fifty_workers_uses_little_cpu() {
    let _stage = LabFixture::start(LabOptions { workers: 50, ..LabOptions::default() });
    print_idle_cost("50 workers, idle").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement of 35 s: run it alone, in a release build"]
async fn idle_lab_with_fifty_workers_and_every_source_uses_little_cpu() {
    let WatchedLab { lab: _lab, mut receiver, _cancel } =
        WatchedLab::start(LabOptions { workers: 50, ..LabOptions::default() });
    tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    print_idle_cost("50 workers and every source").await;
}
