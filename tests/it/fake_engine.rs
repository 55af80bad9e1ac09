//! A container engine on a unix socket: containers, networks, events and execs, as far as blackout asks for them, and
//! the ways in which an engine can fail. It can be used by another process: `DOCKER_HOST` is [`FakeEngine::host`].

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinSet,
};

use crate::http::{Request, answer, begin_chunks, chunk, read_request};

/// How the engine behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Well,
    /// Takes connections and never answers.
    Hang,
    /// Answers every request with this status.
    Status(u16),
}

/// A container.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) labels: Value,
    pub(crate) state: &'static str,
    pub(crate) exit_code: i64,
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
    /// Nanoseconds of the engine's clock.
    clock: AtomicI64,
}

impl FakeEngine {
    pub(crate) fn start() -> Self {
        let state = State {
            mode: Mode::Well,
            containers: Vec::new(),
            events: Vec::new(),
            execs: Vec::new(),
            asked: Vec::new(),
            cut: usize::MAX,
            half_open: 0,
        };
        // far ahead of the sessions' clocks, so that every event counts as later than their start
        let clock = AtomicI64::new(4_000_000_000_000_000_000);
        let shared = Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(0), clock });
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

async fn serve_connection(stream: &mut UnixStream, shared: &Shared) -> io::Result<()> {
    while let Some(request) = read_request(stream).await? {
        let mode = {
            let mut state = shared.state.lock().unwrap();
            state.asked.push(format!("{} {}", request.method, request.path));
            state.mode
        };
        match mode {
            Mode::Well => {}
            Mode::Hang => std::future::pending().await,
            Mode::Status(status) => {
                answer(stream, status, &json!({ "message": "the fake is told to fail" }).to_string()).await?;
                continue;
            }
        }
        match (request.method.as_str(), request.parts().as_slice()) {
            ("GET", ["events"]) => return events(stream, shared, &request).await,
            ("POST", ["exec", id, "start"]) => return exec(stream, shared, id).await,
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

async fn exec(stream: &mut UnixStream, shared: &Shared, id: &str) -> io::Result<()> {
    let number: usize = id.parse().unwrap();
    let head = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let exec = shared.state.lock().unwrap().execs[number].clone();
    let code = run(stream, shared, number, &exec).await;
    shared.state.lock().unwrap().execs[number].exit_code = Some(code.as_ref().map_or(143, |code| *code));
    code.map(drop)
}

async fn run(stream: &mut UnixStream, shared: &Shared, number: usize, exec: &ExecState) -> io::Result<i64> {
    let fails = shared.find(&exec.container).and_then(|container| container.exec_fails);
    if let Some((code, words)) = fails {
        frame(stream, shared, 2, words.as_bytes()).await?;
        return Ok(code);
    }
    if exec.command.iter().any(|part| part == "crictl") {
        let listed = shared.find(&exec.container).map(|container| container.crictl).unwrap_or_default();
        frame(stream, shared, 2, b"WARN[0000] runtime connect using default endpoints\n").await?;
        frame(stream, shared, 1, listed.as_bytes()).await?;
        return Ok(0);
    }
    if !exec.command.iter().any(|part| part == "kubelet") {
        let words = shared.script(&exec.container, exec.command.last().map_or("", String::as_str));
        frame(stream, shared, 1, words.as_bytes()).await?;
        return Ok(0);
    }
    let argument = |name: &str| exec.command.iter().find_map(|part| part.strip_prefix(name)).map(str::to_owned);
    let lines = |container: &Container| container.journal.len();
    let there = shared.find(&exec.container).map_or(0, |container| lines(&container));
    let mut next = match argument("--cursor=c=") {
        Some(number) => number.parse::<usize>().unwrap().min(there),
        None => {
            let history = exec.command.iter().skip_while(|part| *part != "-n").nth(1);
            there.saturating_sub(history.and_then(|lines| lines.parse().ok()).unwrap_or(10))
        }
    };
    let mut changes = shared.changes.subscribe();
    loop {
        changes.borrow_and_update();
        if number < shared.state.lock().unwrap().half_open {
            std::future::pending().await
        }
        let Some(container) = shared.find(&exec.container) else { return Ok(137) };
        match container.state {
            "running" => {
                for line in container.journal.iter().skip(next) {
                    frame(stream, shared, 1, format!("{line}\n").as_bytes()).await?;
                }
                next = next.max(container.journal.len());
            }
            "paused" => {}
            _ => return Ok(137),
        }
        let mut bytes = [0; 16];
        tokio::select! {
            changed = changes.changed() => changed.map_err(io::Error::other)?,
            // the end of standard input ends journalctl
            read = stream.read(&mut bytes) => if read? == 0 { return Ok(143) },
        }
    }
}

/// One frame of the multiplexed stream, in as many writes as the cut asks for.
async fn frame(stream: &mut UnixStream, shared: &Shared, kind: u8, payload: &[u8]) -> io::Result<()> {
    let cut = shared.state.lock().unwrap().cut;
    let mut bytes = vec![kind, 0, 0, 0];
    bytes.extend((payload.len() as u32).to_be_bytes());
    bytes.extend(payload);
    for part in bytes.chunks(cut) {
        stream.write_all(part).await?;
        stream.flush().await?;
        if part.len() < bytes.len() {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

impl Shared {
    fn find(&self, name: &str) -> Option<Container> {
        let state = self.state.lock().unwrap();
        state.containers.iter().find(|container| container.name == name || container.id == name).cloned()
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        match (request.method.as_str(), request.parts().as_slice()) {
            ("GET", ["_ping"]) => (200, json!("OK")),
            ("GET", ["containers", "json"]) => (200, self.list(request)),
            ("GET", ["containers", name, "json"]) => self.with(name, |container| (200, inspection(container))),
            ("POST", ["containers", name, "exec"]) => self.create_exec(name, request),
            ("POST", ["containers", name, deed]) => self.deed(name, deed),
            ("POST", ["networks", network, "connect" | "disconnect"]) => self.network(network, request),
            ("GET", ["exec", id, "json"]) => {
                let state = self.state.lock().unwrap();
                let code = state.execs[id.parse::<usize>().unwrap()].exit_code;
                (200, json!({ "ID": id, "Running": code.is_none(), "ExitCode": code }))
            }
            _ => (404, json!({ "message": "page not found" })),
        }
    }

    fn with(&self, name: &str, answer: impl FnOnce(&mut Container) -> (u16, Value)) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        match state.containers.iter_mut().find(|container| container.name == name || container.id == name) {
            Some(container) => answer(container),
            None => (404, json!({ "message": format!("No such container: {name}") })),
        }
    }

    fn list(&self, request: &Request) -> Value {
        let filters: Value =
            request.query.get("filters").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let label = filters["label"][0].as_str().unwrap_or_default().to_owned();
        let (key, value) = label.split_once('=').map_or((label.as_str(), None), |(key, value)| (key, Some(value)));
        let all = request.query.get("all").is_some_and(|all| all == "true");
        let state = self.state.lock().unwrap();
        let fits = |container: &&Container| {
            let has = container.labels.get(key).and_then(Value::as_str);
            (all || container.state == "running") && has.is_some() && (value.is_none() || has == value)
        };
        state.containers.iter().filter(fits).map(summary).collect()
    }

    fn create_exec(&self, name: &str, request: &Request) -> (u16, Value) {
        let Some(container) = self.find(name) else {
            return (404, json!({ "message": format!("No such container: {name}") }));
        };
        if container.state != "running" {
            return (409, json!({ "message": format!("Container {name} is not running") }));
        }
        let command = request.json()["Cmd"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let mut state = self.state.lock().unwrap();
        state.execs.push(ExecState { container: container.name, command, exit_code: None });
        (201, json!({ "Id": (state.execs.len() - 1).to_string() }))
    }

    /// Understands the manifest's moves; returns what the script prints.
    fn script(&self, name: &str, script: &str) -> String {
        let mut state = self.state.lock().unwrap();
        let container = state.containers.iter_mut().find(|container| container.name == name).unwrap();
        if script.ends_with("/etc/kubernetes/kube-apiserver.yaml.blackout") {
            container.manifest_aside = true;
        } else if script.ends_with("/etc/kubernetes/manifests/kube-apiserver.yaml") {
            container.manifest_aside = false;
        } else if script.contains("/kind/old-ipv4") {
            return "172.18.0.2".to_owned();
        }
        String::new()
    }

    fn deed(&self, name: &str, deed: &str) -> (u16, Value) {
        let Some(container) = self.find(name) else {
            return (404, json!({ "message": format!("No such container: {name}") }));
        };
        let name = container.name.as_str();
        match (deed, container.state) {
            ("stop", "running" | "paused") => {
                self.happen(name, "kill", json!({ "signal": "37" }));
                self.exit(name, 130);
                self.happen(name, "stop", json!({}));
            }
            ("kill", "running") => {
                self.happen(name, "kill", json!({ "signal": "9" }));
                self.exit(name, 137);
            }
            ("start", "exited" | "created") => {
                self.set(name, |container| container.state = "running");
                self.happen(name, "start", json!({}));
            }
            ("pause", "running") => {
                self.set(name, |container| container.state = "paused");
                self.happen(name, "pause", json!({}));
            }
            ("unpause", "paused") => {
                self.set(name, |container| container.state = "running");
                self.happen(name, "unpause", json!({}));
            }
            ("stop", "exited") | ("start", "running") => return (304, json!({})),
            (deed, state) => return (409, json!({ "message": format!("cannot {deed} {name}: it is {state}") })),
        }
        (204, json!({}))
    }

    fn network(&self, network: &str, request: &Request) -> (u16, Value) {
        let body = request.json();
        let Some(container) = body["Container"].as_str().and_then(|name| self.find(name)) else {
            return (404, json!({ "message": "No such container" }));
        };
        let action = if request.path.ends_with("disconnect") { "disconnect" } else { "connect" };
        let address = body["EndpointConfig"]["IPAMConfig"]["IPv4Address"].as_str().unwrap_or("172.18.0.99").to_owned();
        self.set(&container.name, |container| {
            container.networks.retain(|(name, _)| name != network);
            if action == "connect" {
                container.networks.push((network.to_owned(), address));
            }
        });
        self.happen(&container.name, action, json!({}));
        (200, json!({}))
    }

    fn exit(&self, name: &str, code: i64) {
        self.set(name, |container| {
            container.state = "exited";
            container.exit_code = code;
        });
        self.happen(name, "die", json!({ "exitCode": code.to_string() }));
    }

    fn set(&self, name: &str, change: impl FnOnce(&mut Container)) {
        let mut state = self.state.lock().unwrap();
        change(state.containers.iter_mut().find(|container| container.name == name).unwrap());
    }

    fn happen(&self, name: &str, action: &str, attributes: Value) {
        let container = self.find(name).unwrap();
        let nanos = self.clock.fetch_add(1_000_000, Ordering::SeqCst);
        let mut event = json!({ "Action": action, "time": nanos / 1_000_000_000, "timeNano": nanos, "scope": "local" });
        if matches!(action, "connect" | "disconnect") {
            event["Type"] = json!("network");
            event["Actor"] =
                json!({ "ID": "the-network", "Attributes": { "container": container.id, "name": "kind" } });
        } else {
            let mut all = container.labels.clone();
            all["name"] = json!(container.name);
            for (key, value) in attributes.as_object().into_iter().flatten() {
                all[key] = value.clone();
            }
            event["Type"] = json!("container");
            event["Actor"] = json!({ "ID": container.id, "Attributes": all });
        }
        self.state.lock().unwrap().events.push(event);
        self.changes.send_modify(|n| *n += 1);
    }
}

fn networks(container: &Container) -> Value {
    container
        .networks
        .iter()
        .map(|(name, ip)| (name.clone(), json!({ "IPAddress": ip })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn summary(container: &Container) -> Value {
    json!({
        "Id": container.id, "Names": [format!("/{}", container.name)], "Labels": container.labels,
        "State": container.state, "NetworkSettings": { "Networks": networks(container) },
    })
}

fn inspection(container: &mut Container) -> Value {
    let running = matches!(container.state, "running" | "paused");
    json!({
        "Id": container.id, "Name": format!("/{}", container.name), "Config": { "Labels": container.labels },
        "State": {
            "Status": container.state, "Running": running, "Paused": container.state == "paused",
            "ExitCode": container.exit_code, "StartedAt": "2026-11-22T09:00:00.5Z",
            "FinishedAt": if running { "0001-01-01T00:00:00Z" } else { "2026-11-22T10:00:00Z" },
        },
        "HostConfig": { "PortBindings": container.ports },
        "NetworkSettings": { "Ports": {}, "Networks": networks(container) },
    })
}
