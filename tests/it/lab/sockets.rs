//! The lab's sockets, met by real clients: the sources that watch a real cluster, plain HTTP, and kubectl.

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

use super::{ROOM, Stage, seconds};

const FAST: LabOptions =
    LabOptions { workers: 3, seed: 3, speed: 20.0, kubernetes: blackout::lab::KubernetesVersion::V1_34 };
const SOON: Duration = Duration::from_secs(15);
/// Longer than an answer takes that comes at all.
const MOMENT: Duration = Duration::from_millis(300);

/// A lab, watched by the sources of a real cluster.
struct Watched {
    lab: Lab,
    heard: Receiver<blackout::observation::Stamped>,
    _cancel: tokio_util::sync::DropGuard,
}

impl Watched {
    fn set(options: LabOptions) -> Self {
        let (feed, heard) = Feed::channel(Clock::start(), ROOM);
        let cancel = CancellationToken::new();
        let lab = Lab::start(options, feed.clone(), cancel.clone()).unwrap();
        let context = SourceContext::new(feed, cancel.clone());
        let access = ApiAccess::Plain { url: lab.url() };
        tokio::spawn(source::health::run(context.clone(), access.clone(), lab.view()));
        for resource in [ListedResource::Nodes, ListedResource::Pods, ListedResource::Leases] {
            tokio::spawn(source::kubernetes::run(context.clone(), resource, access.clone(), lab.view()));
        }
        tokio::spawn(source::traffic::run(context, lab.view(), 30090));
        Self { lab, heard, _cancel: cancel.drop_guard() }
    }

    /// Listens until everything in the list was heard, in any order.
    async fn hear(&mut self, mut wanted: Vec<Wanted>) {
        let listening = async {
            while !wanted.is_empty() {
                let stamped = self.heard.recv().await.expect("the lab lives");
                if let Observation::Traffic(probe) = &stamped.observation {
                    assert_eq!(probe.outcome, TrafficOutcome::Answered(200), "the workload answers all the time");
                }
                wanted.retain(|(_, is)| !is(&stamped.observation));
            }
        };
        let heard = timeout(SOON, listening).await;
        let missing: Vec<_> = wanted.iter().map(|(name, _)| *name).collect();
        assert!(heard.is_ok(), "not heard: {missing:?}");
    }
}

type Wanted = (&'static str, Box<dyn Fn(&Observation) -> bool + Send>);

fn live(name: &'static str, source: SourceId) -> Wanted {
    let live = Observation::Source(SourceReport { source, health: SourceHealth::Live });
    (name, Box::new(move |said| *said == live))
}

fn retrying(name: &'static str, source: SourceId) -> Wanted {
    (
        name,
        Box::new(
            move |said| matches!(said, Observation::Source(SourceReport { source: is, health: SourceHealth::Retrying { .. } }) if *is == source),
        ),
    )
}

fn readyz(name: &'static str, wanted: ProbeOutcome) -> Wanted {
    (
        name,
        Box::new(
            move |said| matches!(said, Observation::Health(probe) if probe.check == HealthCheck::Readyz && probe.outcome == wanted),
        ),
    )
}

fn listed(name: &'static str, resource: ListedResource, count: usize) -> Wanted {
    (
        name,
        Box::new(
            move |said| matches!(said, Observation::Listed(listed) if listed.resource == resource && listed.names.len() == count),
        ),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sources_of_a_real_cluster_watch_the_lab_through_an_outage() {
    let mut watched = Watched::set(FAST);
    let ready = |said: &Observation| matches!(said, Observation::Node(node) if node.ready == NodeReadiness::Ready && node.kubelet_version == "v1.34.3");
    let workload = |said: &Observation| matches!(said, Observation::Pod(pod) if pod.workload && pod.status == "Running" && pod.ready == 1);
    watched
        .hear(vec![
            ("a ready node", Box::new(ready)),
            ("a pod of the workload", Box::new(workload)),
            ("a lease", Box::new(|said| matches!(said, Observation::Lease { node, .. } if node == "lab-worker3"))),
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
        .hear(vec![
            retrying("nodes retry", SourceId::Nodes),
            retrying("pods retry", SourceId::Pods),
            retrying("leases retry", SourceId::Leases),
            readyz("refused", ProbeOutcome::Failed(blackout::observation::ProbeError::Refused)),
        ])
        .await;
    watched.lab.carry_out(FaultAction::Restore).await.unwrap();
    watched
        .hear(vec![
            readyz("ready again", ProbeOutcome::Ok),
            live("nodes live again", SourceId::Nodes),
            live("pods live again", SourceId::Pods),
            live("leases live again", SourceId::Leases),
            (
                "a lease renewed",
                Box::new(|said| matches!(said, Observation::Lease { node, .. } if node == "lab-worker")),
            ),
        ])
        .await;
}

/// The body of an answer, whole.
async fn body(lab: &Lab, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(SOON, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

async fn get(lab: &Lab, path: &str) -> (String, String) {
    body(lab, &format!("GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")).await
}

/// The events of a watch, without the borders of its chunks.
fn events(body: &str) -> Vec<Value> {
    let lines = body.split("\r\n").filter(|line| line.starts_with('{'));
    lines.flat_map(str::lines).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_begins_with_what_there_is_goes_on_with_changes_and_ends_in_time_with_a_bookmark() {
    let stage = Stage::set(FAST);
    let (head, body) =
        get(&stage.lab, "/apis/coordination.k8s.io/v1/leases?watch=1&allowWatchBookmarks=true&timeoutSeconds=22").await;
    assert!(head.contains("200 OK") && head.contains("chunked"), "{head}");
    let words: Vec<_> = events(&body).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words[..4], ["ADDED", "ADDED", "ADDED", "ADDED"]);
    assert!(words.iter().filter(|word| *word == "MODIFIED").count() >= 6, "two renewals of each: {words:?}");
    assert_eq!(words.iter().filter(|word| *word == "BOOKMARK").count(), 1);
}

/// A connection of the host's over which a watch has begun.
async fn watching(lab: &Lab) -> TcpStream {
    let mut stream = TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await.unwrap();
    stream.write_all(b"GET /api/v1/nodes?watch=1&timeoutSeconds=600 HTTP/1.1\r\nHost: lab\r\n\r\n").await.unwrap();
    let mut begun = Vec::new();
    let begins = async {
        while !begun.windows(5).any(|word| word == b"ADDED") {
            assert!(stream.read_buf(&mut begun).await.unwrap() > 0);
        }
    };
    timeout(SOON, begins).await.unwrap();
    stream
}

/// Whether a connection comes to its end, in order or not, rather than hang.
async fn ends(stream: &mut TcpStream, within: Duration) -> bool {
    let mut rest = Vec::new();
    timeout(within, stream.read_to_end(&mut rest)).await.is_ok()
}

/// What becomes of one who comes in now.
async fn knock(lab: &Lab) -> &'static str {
    let mut stream = match TcpStream::connect(lab.cluster().api_endpoint.unwrap()).await {
        Ok(stream) => stream,
        // taken, and reset before this side has noticed that it was
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return "cut off",
        Err(_) => return "refused",
    };
    let _ = stream.write_all(b"GET /livez HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").await;
    let mut answer = String::new();
    match timeout(MOMENT, stream.read_to_string(&mut answer)).await {
        Err(_) => "hangs",
        Ok(Ok(_)) if answer.starts_with("HTTP/1.1 200") => "answered",
        Ok(_) => "cut off",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_meets_open_connections_and_new_ones_in_its_own_way() {
    for (deed, open_one_ends, new_one) in [
        (FaultAction::Kill, true, "refused"),
        (FaultAction::Pause, false, "hangs"),
        // the engine's proxy goes with the published port
        (FaultAction::Disconnect, true, "refused"),
        // the engine's proxy takes the connection, and has nobody to hand it to
        (FaultAction::Apiserver, true, "cut off"),
    ] {
        let stage = Stage::set(FAST);
        assert_eq!(knock(&stage.lab).await, "answered");
        let mut stream = watching(&stage.lab).await;
        stage.lab.carry_out(deed).await.unwrap();
        assert_eq!(knock(&stage.lab).await, new_one, "{deed:?}");
        let within = if open_one_ends { SOON } else { MOMENT };
        assert_eq!(ends(&mut stream, within).await, open_one_ends, "{deed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_before_the_history_is_told_410() {
    let stage = Stage::set(FAST);
    stage.lab.carry_out(FaultAction::Kill).await.unwrap();
    stage.lab.carry_out(FaultAction::Restore).await.unwrap();
    stage.pass(seconds(18.0)).await;
    let (_, body) = get(&stage.lab, "/api/v1/nodes?watch=true&resourceVersion=1").await;
    let events = events(&body);
    assert_eq!((&events[0]["type"], &events[0]["object"]["code"]), (&Value::from("ERROR"), &Value::from(410)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_can_be_tried_out_and_is_not_kept() {
    let stage = Stage::set(FAST);
    let post = async |query: &str, pod: &str| {
        let length = pod.len();
        let head = format!(
            "POST /api/v1/namespaces/default/pods{query} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        body(&stage.lab, &format!("{head}{pod}")).await.0
    };
    let pod = r#"{"metadata":{"generateName":"probe-"},"spec":{"containers":[{"name":"x","image":"x"}]}}"#;
    assert!(post("?dryRun=All", pod).await.contains("201 Created"));
    assert!(post("", pod).await.contains("405"));
    assert!(post("?dryRun=All", r#"{"metadata":{"name":"x"},"spec":{}}"#).await.contains("422"));
    assert!(post("?dryRun=All", "no json").await.contains("400"));
    let (_, pods) = get(&stage.lab, "/api/v1/namespaces/default/pods").await;
    assert_eq!(pods.matches("probe-").count(), 0);
    let (head, _) = get(&stage.lab, "/api/v1/namespaces/default/pods/none").await;
    assert!(head.contains("404"), "{head}");
    let (_, checks) = get(&stage.lab, "/readyz?verbose").await;
    assert!(checks.contains("[+]etcd ok\n") && checks.ends_with("readyz check passed\n"), "{checks}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_lists_and_watches_where_it_is_installed() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("kubectl is not installed here: nothing to see");
        return;
    }
    let stage = Stage::set(FAST);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    stage.lab.write_kubeconfig(&kubeconfig).unwrap();
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
    // 40 s of the lab's time: leases are renewed four times
    let watched = kubectl(&["get", "--raw", "/apis/coordination.k8s.io/v1/leases?watch=1&timeoutSeconds=40"]).await;
    assert!(watched.matches("MODIFIED").count() >= 8, "{watched}");
}

/// CPU time of this process so far, in seconds; nothing where /proc is not.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// What is used in half a minute in which nothing happens, in words.
#[expect(clippy::print_stderr, reason = "the figure is for a person")]
async fn idle_cost(what: &str) {
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
async fn fifty_workers_cost_next_to_nothing_when_nothing_happens() {
    let _stage = Stage::set(LabOptions { workers: 50, ..LabOptions::default() });
    idle_cost("50 workers, nothing happens").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement of 35 s: run it alone, in a release build"]
async fn fifty_workers_watched_by_every_source_cost_little() {
    let Watched { lab: _lab, mut heard, _cancel } = Watched::set(LabOptions { workers: 50, ..LabOptions::default() });
    tokio::spawn(async move { while heard.recv().await.is_some() {} });
    idle_cost("50 workers, and every source").await;
}
