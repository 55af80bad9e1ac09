//! A container engine on a unix socket: containers, networks, events and execs, as far as blackout asks for them, and
//! the ways in which an engine can fail. It can be used by another process: `DOCKER_HOST` is [`FakeEngine::host`].

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
use requests::{Asked, Refusal};

/// How the engine behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Well,
    /// Takes connections and never answers.
    Hang,
    /// Looks at no request until the mode changes; then it carries out all of them.
    Frozen,
    /// Answers every request with this status.
    Status(u16),
}

/// How long a stop waits for the container's end before it kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grace {
    /// The container ends at the signal.
    None,
    /// It ignores the signal, and is killed after this time, whatever was asked for.
    Is(Duration),
    /// It ignores the signal, and is killed after the seconds that were asked for; Docker's ten without any.
    AsAsked,
}

/// A container.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) labels: Value,
    pub(crate) state: &'static str,
    pub(crate) exit_code: i64,
    /// `State.StartedAt` and `State.FinishedAt`.
    pub(crate) started_at: String,
    pub(crate) finished_at: String,
    /// How often it was started, and how often it ended.
    pub(crate) starts: usize,
    pub(crate) ends: usize,
    /// Stops under way.
    pub(crate) stopping: usize,
    /// Whether its end has taken it off its network, until its next start.
    left_network: bool,
    /// Network and IPv4 address.
    pub(crate) networks: Vec<(String, String)>,
    /// As in `HostConfig.PortBindings`.
    pub(crate) ports: Value,
    /// The journal of its kubelet: raw lines of `journalctl -o json`, each with the cursor `c=<number>`.
    pub(crate) journal: Vec<String>,
    /// What running anything gives instead, and what it says.
    pub(crate) exec_fails: Option<(i64, String)>,
    /// What `crictl ps -o json` prints in it.
    pub(crate) crictl: String,
    /// Whether the API server's manifest is put aside.
    pub(crate) manifest_aside: bool,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    containers: Vec<Container>,
    events: Vec<Value>,
    execs: Vec<ExecState>,
    asked: Vec<String>,
    requests: Vec<Asked>,
    refusals: Vec<Refusal>,
    grace: Grace,
    start_takes: Duration,
    /// Whether events are lost.
    lossy: bool,
    /// Bytes of a write of an exec's output.
    cut: usize,
    /// Execs before this one say nothing more and hear nothing: their connections are half open.
    half_open: usize,
}

#[derive(Debug, Clone)]
struct ExecState {
    container: String,
    command: Vec<String>,
    exit_code: Option<i64>,
}

/// The engine. Ends with its value.
pub(crate) struct FakeEngine {
    folder: TempDir,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinSet<()>>>,
}

struct Shared {
    state: Mutex<State>,
    /// Bumped at every change.
    changes: watch::Sender<u64>,
    /// Nanoseconds of the engine's clock, which events have.
    clock: AtomicI64,
    /// Since when requests are counted.
    time: Clock,
}

impl FakeEngine {
    pub(crate) fn start() -> Self {
        let state = State {
            mode: Mode::Well,
            containers: Vec::new(),
            events: Vec::new(),
            execs: Vec::new(),
            asked: Vec::new(),
            requests: Vec::new(),
            refusals: Vec::new(),
            grace: Grace::None,
            start_takes: Duration::ZERO,
            lossy: false,
            cut: usize::MAX,
            half_open: 0,
        };
        // far ahead of the sessions' clocks, so that every event counts as later than their start
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

    /// Adds a kind cluster of one control plane and some workers, each with its ports on the host.
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

    /// The container as it is now; `None` if it does not exist.
    pub(crate) fn look(&self, name: &str) -> Option<Container> {
        self.shared.find(name)
    }

    /// Says when a container changes or a request comes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Lets something happen to a container, with its event.
    pub(crate) fn happen(&self, name: &str, action: &str) {
        self.shared.happen(name, action, json!({}));
    }

    /// Writes a line to a worker's journal.
    pub(crate) fn write_journal(&self, worker: &str, message: &str) {
        self.change(worker, |container| {
            let number = container.journal.len();
            container.journal.push(entry(number, message));
        });
    }

    /// Cuts the output of execs into writes of so many bytes.
    pub(crate) fn cut_output(&self, bytes: usize) {
        self.state().cut = bytes;
    }

    /// The connections of all execs so far go dead without a word; new ones are well.
    pub(crate) fn half_open_execs(&self) {
        let mut state = self.state();
        state.half_open = state.execs.len();
    }

    /// How many requests for this path there were.
    pub(crate) fn asked_for(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|asked| asked.ends_with(path)).count()
    }

    /// How many execs have been started.
    pub(crate) fn started_execs(&self) -> usize {
        self.state().execs.len()
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.state().mode = mode;
        self.changed();
    }

    /// The engine goes away: its socket is gone, and every connection with it.
    pub(crate) fn go_away(&self) {
        *self.server.lock().unwrap() = None;
        let _none = std::fs::remove_file(self.socket());
    }

    /// It is there again.
    pub(crate) fn come_back(&self) {
        let listener = UnixListener::bind(self.socket()).unwrap();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, self.shared.clone()));
        *self.server.lock().unwrap() = Some(server);
    }

    /// The requests that change something.
    pub(crate) fn deeds(&self) -> Vec<String> {
        self.state().asked.iter().filter(|asked| asked.starts_with("POST")).cloned().collect()
    }

    /// Execs that run.
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
        exec_fails: None,
        crictl: r#"{"containers": []}"#.to_owned(),
        manifest_aside: false,
    }
}

/// A journal line.
pub(crate) fn entry(number: usize, message: &str) -> String {
    json!({ "MESSAGE": message, "__CURSOR": format!("c={number}"), "__REALTIME_TIMESTAMP": (1_000_000 * (number + 1)).to_string() })
        .to_string()
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
        let under_way = shared.begin(&request);
        let mode = shared.state.lock().unwrap().mode;
        match mode {
            Mode::Well => {}
            Mode::Frozen => slow::thaw(stream, shared, || under_way.over()).await,
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
        if mode == Mode::Well {
            sent += new.len();
            // the real one compares whole seconds and the rest; a repeat at the very moment is part of the contract
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
