//! A fake container engine on a Unix socket: the requests that blackout sends, and the failures of a real engine.
//!
//! Another process can use it too: `DOCKER_HOST` is [`FakeEngine::host`].

mod answers;
mod exec;
mod requests;
mod slow;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicI64},
    time::Duration,
};

use blackout::clock::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt as _,
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinSet,
};

use crate::http::{Request, answer, begin_chunks, chunk, read_request};
use requests::{RecordedRequest, Refusal};

/// Behavior of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Healthy,
    /// Accepts connections and never answers.
    Hang,
    /// Handles no request until the mode changes, and then all of them.
    Frozen,
    /// Answers every request with an error status.
    Status(u16),
}

/// Time between the signal of a stop and SIGKILL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grace {
    /// The container ends at the signal.
    None,
    /// The container ignores the signal, and is killed after this time, whatever was requested.
    Fixed(Duration),
    /// The container ignores the signal, and is killed after the requested seconds, or Docker's default of ten.
    Requested,
}

/// State of a container.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) labels: Value,
    pub(crate) state: &'static str,
    pub(crate) exit_code: i64,
    /// Times of the inspection: `State.StartedAt` and `State.FinishedAt`.
    pub(crate) started_at: String,
    pub(crate) finished_at: String,
    /// Number of starts and of ends.
    pub(crate) starts: usize,
    pub(crate) ends: usize,
    /// Number of stops under way.
    pub(crate) stopping: usize,
    /// Whether the container left its network when it ended, until its next start.
    left_network: bool,
    /// Names of the networks, and IPv4 addresses there.
    pub(crate) networks: Vec<(String, String)>,
    /// Published ports of the inspection: `HostConfig.PortBindings`.
    pub(crate) ports: Value,
    /// Journal of the kubelet: lines of `journalctl -o json`, each with the cursor `c=<number>`.
    pub(crate) journal: Vec<String>,
    /// Exit code and standard error of every command. `None` if commands succeed.
    pub(crate) exec_failure: Option<(i64, String)>,
    /// Output of `crictl ps -o json`.
    pub(crate) crictl: String,
    /// Whether the API server's manifest was moved aside.
    pub(crate) manifest_aside: bool,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    containers: Vec<Container>,
    events: Vec<Value>,
    execs: Vec<ExecState>,
    request_lines: Vec<String>,
    requests: Vec<RecordedRequest>,
    refusals: Vec<Refusal>,
    grace: Grace,
    start_duration: Duration,
    /// Whether events are lost instead of stored.
    loses_events: bool,
    /// Bytes per write of an exec's output.
    chunk_size: usize,
    /// Execs before this one neither send nor receive anything: their connections are half open.
    half_open_before: usize,
}

#[derive(Debug, Clone)]
struct ExecState {
    container: String,
    command: Vec<String>,
    exit_code: Option<i64>,
}

/// The engine, which ends when dropped.
pub(crate) struct FakeEngine {
    folder: TempDir,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinSet<()>>>,
}

struct Shared {
    state: Mutex<State>,
    /// Incremented at every change.
    changes: watch::Sender<u64>,
    /// Time of the next event, in nanoseconds since 1970.
    clock: AtomicI64,
    /// Clock of the recorded requests.
    time: Clock,
}

impl FakeEngine {
    pub(crate) fn start() -> Self {
        let state = State {
            mode: Mode::Healthy,
            containers: Vec::new(),
            events: Vec::new(),
            execs: Vec::new(),
            request_lines: Vec::new(),
            requests: Vec::new(),
            refusals: Vec::new(),
            grace: Grace::None,
            start_duration: Duration::ZERO,
            loses_events: false,
            chunk_size: usize::MAX,
            half_open_before: 0,
        };
        // Far ahead of the sessions' clocks, so that every event is later than their start.
        let clock = AtomicI64::new(4_000_000_000_000_000_000);
        let shared =
            Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(0), clock, time: Clock::start() });
        let engine = Self { folder: tempfile::tempdir().unwrap(), shared, server: Mutex::new(None) };
        engine.come_back();
        engine
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Adds a kind cluster of one control plane and some workers, with their published ports.
    pub(crate) fn add_cluster(&self, name: &str, api_port: u16, node_ports: &[Option<u16>]) {
        self.add(node(name, "control-plane", "control-plane", "6443/tcp", Some(api_port)));
        for (n, port) in node_ports.iter().enumerate() {
            let suffix = if n == 0 { "worker".to_owned() } else { format!("worker{}", n + 1) };
            self.add(node(name, &suffix, "worker", "30090/tcp", *port));
        }
    }

    pub(crate) fn add(&self, container: Container) {
        self.state().containers.push(container);
        self.changed();
    }

    /// Changes a container without an event.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Container)) {
        change(self.state().containers.iter_mut().find(|container| container.name == name).unwrap());
        self.changed();
    }

    pub(crate) fn remove(&self, name: &str) {
        self.state().containers.retain(|container| container.name != name);
        self.changed();
    }

    pub(crate) fn container(&self, name: &str) -> Container {
        self.state().containers.iter().find(|container| container.name == name).unwrap().clone()
    }

    /// Copy of a container. `None` if it does not exist.
    pub(crate) fn find(&self, name: &str) -> Option<Container> {
        self.shared.find(name)
    }

    /// Notifies of changes of a container, and of requests.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Emits an event of a container, without a change of its state.
    pub(crate) fn emit_event(&self, name: &str, action: &str) {
        self.shared.emit_event(name, action, json!({}));
    }

    /// Writes a line to a worker's journal.
    pub(crate) fn write_journal(&self, worker: &str, message: &str) {
        self.change(worker, |container| {
            let number = container.journal.len();
            container.journal.push(entry(number, message));
        });
    }

    /// Splits the output of execs into writes of this size.
    pub(crate) fn cut_output(&self, bytes: usize) {
        self.state().chunk_size = bytes;
    }

    /// Makes the connections of all execs so far half open; new ones work.
    pub(crate) fn half_open_execs(&self) {
        let mut state = self.state();
        state.half_open_before = state.execs.len();
    }

    /// Number of requests whose path ends with `path`.
    pub(crate) fn request_count(&self, path: &str) -> usize {
        self.state().request_lines.iter().filter(|line| line.ends_with(path)).count()
    }

    /// Number of execs that were created.
    pub(crate) fn started_execs(&self) -> usize {
        self.state().execs.len()
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.state().mode = mode;
        self.changed();
    }

    /// Ends the engine: its socket disappears, and every connection with it.
    pub(crate) fn go_away(&self) {
        *self.server.lock().unwrap() = None;
        let _none = std::fs::remove_file(self.socket());
    }

    /// Starts the engine again.
    pub(crate) fn come_back(&self) {
        let listener = UnixListener::bind(self.socket()).unwrap();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, self.shared.clone()));
        *self.server.lock().unwrap() = Some(server);
    }

    /// Method and path of each request that changes something.
    pub(crate) fn mutating_requests(&self) -> Vec<String> {
        self.state().request_lines.iter().filter(|line| line.starts_with("POST")).cloned().collect()
    }

    /// Number of running execs.
    pub(crate) fn running_execs(&self) -> usize {
        self.state().execs.iter().filter(|exec| exec.exit_code.is_none()).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|n| *n += 1);
    }
}

/// A node of a kind cluster.
pub(crate) fn node(cluster: &str, suffix: &str, role: &str, port: &str, host_port: Option<u16>) -> Container {
    let name = format!("{cluster}-{suffix}");
    Container {
        id: format!("id-of-{name}"),
        labels: json!({ "io.x-k8s.kind.cluster": cluster, "io.x-k8s.kind.role": role }),
        name,
        state: "running",
        exit_code: 0,
        started_at: "2026-11-22T09:00:00.5Z".to_owned(),
        finished_at: "0001-01-01T00:00:00Z".to_owned(),
        starts: 1,
        ends: 0,
        stopping: 0,
        left_network: false,
        networks: vec![("kind".to_owned(), "172.18.0.2".to_owned())],
        ports: host_port
            .map_or(json!({}), |host| json!({ port: [{ "HostIp": "127.0.0.1", "HostPort": host.to_string() }] })),
        journal: Vec::new(),
        exec_failure: None,
        crictl: r#"{"containers": []}"#.to_owned(),
        manifest_aside: false,
    }
}

/// A line of a journal.
pub(crate) fn entry(number: usize, message: &str) -> String {
    let microseconds = (1_000_000 * (number + 1)).to_string();
    json!({ "MESSAGE": message, "__CURSOR": format!("c={number}"), "__REALTIME_TIMESTAMP": microseconds }).to_string()
}

async fn serve(listener: UnixListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connection(stream, shared.clone()));
    }
}

async fn connection(mut stream: UnixStream, shared: Arc<Shared>) {
    let _client_gone = serve_connection(&mut stream, &shared).await;
}

async fn serve_connection(stream: &mut UnixStream, shared: &Arc<Shared>) -> io::Result<()> {
    while let Some(request) = read_request(stream).await? {
        let in_progress = shared.record(&request);
        let mode = shared.state.lock().unwrap().mode;
        match mode {
            Mode::Healthy => {}
            Mode::Frozen => slow::thaw(stream, shared, || in_progress.end()).await,
            Mode::Hang => std::future::pending().await,
            Mode::Status(status) => {
                answer(stream, status, &json!({ "message": "the fake is told to fail" }).to_string()).await?;
                continue;
            }
        }
        if let Some(status) = shared.refusal(&request) {
            answer(stream, status, &json!({ "message": "the fake is told to fail" }).to_string()).await?;
            continue;
        }
        match (request.method.as_str(), request.parts().as_slice()) {
            ("GET", ["events"]) => return events(stream, shared, &request).await,
            ("POST", ["exec", id, "start"]) => return exec::exec(stream, shared, id).await,
            ("POST", ["containers", name, "stop"]) => slow::stop(stream, shared, name, &request).await?,
            ("POST", ["containers", name, "start"]) => slow::start(stream, shared, name).await?,
            ("POST", ["containers", name, "wait"]) => slow::wait(stream, shared, name, &request).await?,
            _ => {
                let (status, body) = shared.answer(&request);
                answer(stream, status, &body.to_string()).await?;
            }
        }
    }
    Ok(())
}

async fn events(stream: &mut UnixStream, shared: &Shared, request: &Request) -> io::Result<()> {
    let since: f64 = request.query.get("since").and_then(|since| since.parse().ok()).unwrap_or_default();
    let mut changes = shared.changes.subscribe();
    begin_chunks(stream).await?;
    let mut sent = 0;
    loop {
        changes.borrow_and_update();
        let (mode, new) = {
            let state = shared.state.lock().unwrap();
            (state.mode, state.events[sent..].to_vec())
        };
        if mode == Mode::Healthy {
            sent += new.len();
            // A real engine repeats the events of that very moment, too.
            for event in new.iter().filter(|event| event["timeNano"].as_f64().unwrap_or_default() >= since * 1e9 - 1e3)
            {
                chunk(stream, &format!("{event}\n")).await?;
            }
        }
        let mut byte = [0];
        tokio::select! {
            changed = changes.changed() => changed.map_err(io::Error::other)?,
            read = stream.read(&mut byte) => if read? == 0 { return Ok(()) },
        }
    }
}
