//! A fake API server on loopback without TLS, which also stands for httpbin (`/status/200`): lists and watches of
//! nodes, pods and leases, health checks, and the failures of a real server.
//!
//! Another process can use it too, by its URL or the kubeconfig that it writes.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::{
    fake_engine::{Container, FakeEngine},
    http::{Request, answer, begin_chunks, chunk, read_request},
};

/// Behavior of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Healthy,
    /// Accepts connections, reads requests and never answers; open watches fall silent. As a paused container does.
    Hang,
    /// Answers every request with an error status.
    Status(u16),
    /// Resets each connection at its first request.
    Reset,
    /// Closes each connection at its first request.
    Close,
    /// Closes the connection in the middle of an answer.
    Half,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    ready: bool,
    version: u64,
    /// Oldest version at which a watch can begin.
    oldest: u64,
    objects: BTreeMap<(&'static str, String), Value>,
    history: Vec<Change>,
    request_lines: Vec<String>,
    /// Status for the dry run of a write.
    dry_run_status: u16,
    /// Status for the scheduler's lease.
    scheduler_status: u16,
}

#[derive(Debug, Clone)]
struct Change {
    version: u64,
    resource: &'static str,
    event: Value,
}

struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

/// The server, which ends when dropped.
pub(crate) struct FakeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinSet<()>>>,
}

impl FakeApi {
    pub(crate) fn start() -> Self {
        let state = State {
            mode: Mode::Healthy,
            ready: true,
            version: 1,
            oldest: 0,
            objects: BTreeMap::new(),
            history: Vec::new(),
            request_lines: Vec::new(),
            dry_run_status: 201,
            scheduler_status: 200,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(0) });
        let listener = listen(([127, 0, 0, 1], 0).into());
        let address = listener.local_addr().unwrap();
        let api = Self { address, shared, server: Mutex::new(None) };
        api.serve(listener);
        api
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("{}:{}", self.address.ip(), self.port())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Writes a kubeconfig with one context.
    pub(crate) fn write_kubeconfig(&self, folder: &Path, context: &str) -> PathBuf {
        let path = folder.join("kubeconfig");
        std::fs::write(&path, kubeconfig(&self.url(), context)).unwrap();
        path
    }

    /// Ends the server: its port closes, and every connection with it.
    pub(crate) fn go_away(&self) {
        *self.server.lock().unwrap() = None;
    }

    /// Starts the server again at the same port.
    pub(crate) fn come_back(&self) {
        self.serve(listen(self.address));
    }

    /// Starts the server again once its port is free: another test may have taken it meanwhile.
    async fn come_back_when_free(&self) {
        loop {
            match try_listen(self.address) {
                Ok(listener) => return self.serve(listener),
                Err(_taken) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Whether `/readyz` answers 200.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.state();
        let ready = state.mode == Mode::Healthy && state.ready;
        drop(state);
        ready && self.server.lock().unwrap().is_some()
    }

    /// Ties the server to a control plane's container: it ends when a stop begins, listens half of `boot` after a
    /// start, is ready after the other half, and hangs while the container is paused or disconnected.
    pub(crate) async fn live_in(&self, engine: &FakeEngine, container: &str, boot: Duration) {
        let mut changes = engine.changes();
        let mut served = Some(engine.find(container).map_or(0, |container| container.starts));
        loop {
            changes.borrow_and_update();
            let starts = |container: Container| {
                let runs = matches!(container.state, "running" | "paused") && !container.manifest_aside;
                (runs && container.stopping == 0).then_some(container.starts)
            };
            let serves = || engine.find(container).and_then(starts);
            if served.is_some() && serves() != served {
                self.go_away();
                self.set_ready(false);
                served = None;
            }
            if served.is_none()
                && let Some(start) = serves()
            {
                tokio::time::sleep(boot / 2).await;
                if serves() == Some(start) {
                    self.come_back_when_free().await;
                    tokio::time::sleep(boot / 2).await;
                    self.set_ready(true);
                    served = Some(start);
                }
                continue;
            }
            let reached = |container: Container| container.state == "running" && !container.networks.is_empty();
            let mode = if engine.find(container).is_none_or(reached) { Mode::Healthy } else { Mode::Hang };
            if self.shared.mode() != mode {
                self.set_mode(mode);
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.state().mode = mode;
        self.shared.changed();
    }

    /// Sets the status for the dry run of a write and for the scheduler's lease.
    pub(crate) fn set_probe_status(&self, dry_run: u16, scheduler: u16) {
        let mut state = self.state();
        (state.dry_run_status, state.scheduler_status) = (dry_run, scheduler);
    }

    /// Sets whether `/livez` and `/readyz` answer 200.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.state().ready = ready;
    }

    /// Creates or replaces an object of `nodes`, `pods` or `leases`.
    pub(crate) fn put(&self, resource: &'static str, mut object: Value) {
        let mut state = self.state();
        state.version += 1;
        object["metadata"]["resourceVersion"] = json!(state.version.to_string());
        let previous = state.objects.insert((resource, key(&object)), object.clone());
        let kind = if previous.is_some() { "MODIFIED" } else { "ADDED" };
        state.record_change(resource, kind, object);
        drop(state);
        self.shared.changed();
    }

    pub(crate) fn delete(&self, resource: &'static str, key: &str) {
        let mut state = self.state();
        state.version += 1;
        let object = state.objects.remove(&(resource, key.to_owned())).unwrap();
        state.record_change(resource, "DELETED", object);
        drop(state);
        self.shared.changed();
    }

    /// Drops the history: a watch that begins before now gets 410.
    pub(crate) fn compact(&self) {
        let mut state = self.state();
        state.version += 10;
        state.oldest = state.version;
        state.history.clear();
    }

    /// Method and path of each request so far; the method of a watch is `WATCH`.
    pub(crate) fn request_lines(&self) -> Vec<String> {
        self.state().request_lines.clone()
    }

    fn serve(&self, listener: tokio::net::TcpListener) {
        let shared = self.shared.clone();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                connections.spawn(async move {
                    let _client_gone = connection(stream, &shared).await;
                });
            }
        });
        *self.server.lock().unwrap() = Some(server);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

pub(crate) fn kubeconfig(url: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
         clusters:\n- name: {context}\n  cluster:\n    server: {url}\n\
         users:\n- name: {context}\n  user: {{}}\n\
         contexts:\n- name: {context}\n  context:\n    cluster: {context}\n    user: {context}\n"
    )
}

pub(crate) fn node(name: &str, ready: &str) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": {},
        "status": {
            "conditions": [{ "type": "Ready", "status": ready, "lastTransitionTime": "2026-11-22T09:00:00Z" }],
            "nodeInfo": {
                "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
                "kubeProxyVersion": "", "kubeletVersion": "v1.34.3", "machineID": "", "operatingSystem": "",
                "osImage": "", "systemUUID": ""
            }
        }
    })
}

pub(crate) fn pod(namespace: &str, name: &str, app: &str) -> Value {
    json!({
        "metadata": { "name": name, "namespace": namespace, "labels": { "app": app } },
        "spec": { "nodeName": "demo-worker", "containers": [{ "name": "main" }] },
        "status": {
            "phase": "Running",
            "containerStatuses": [{
                "name": "main", "image": "", "imageID": "", "ready": true, "restartCount": 2,
                "state": { "running": { "startedAt": "2026-11-22T09:00:00Z" } }
            }]
        }
    })
}

pub(crate) fn lease(node: &str, renewed: &str) -> Value {
    json!({ "metadata": { "name": node, "namespace": "kube-node-lease" }, "spec": { "renewTime": renewed } })
}

/// Binds even to a port that was in use a moment ago.
fn listen(address: SocketAddr) -> tokio::net::TcpListener {
    try_listen(address).unwrap()
}

fn try_listen(address: SocketAddr) -> io::Result<tokio::net::TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(64)
}

fn key(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap();
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) if namespace != "kube-node-lease" => format!("{namespace}/{name}"),
        _ => name.to_owned(),
    }
}

impl State {
    fn record_change(&mut self, resource: &'static str, kind: &str, mut object: Value) {
        let version = self.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        self.history.push(Change { version, resource, event: json!({ "type": kind, "object": object }) });
    }
}

impl Shared {
    fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    fn mode(&self) -> Mode {
        self.state.lock().unwrap().mode
    }
}

async fn connection(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    while let Some(request) = read_request(&mut stream).await? {
        let is_watch = request.query.contains_key("watch");
        let (mode, ready) = {
            let mut state = shared.state.lock().unwrap();
            let kind = if is_watch { "WATCH" } else { request.method.as_str() };
            state.request_lines.push(format!("{kind} {}", request.path));
            (state.mode, state.ready)
        };
        match mode {
            Mode::Healthy => {}
            Mode::Hang => std::future::pending().await,
            Mode::Close => return Ok(()),
            Mode::Reset => return stream.set_zero_linger(),
            Mode::Half => {
                begin_chunks(&mut stream).await?;
                stream.write_all(b"40\r\n{\"type\":\"MODIF").await?;
                return stream.flush().await;
            }
            Mode::Status(status) => {
                answer(&mut stream, status, &failure(status).to_string()).await?;
                continue;
            }
        }
        let status_of = |select: fn(&State) -> u16| select(&shared.state.lock().unwrap());
        match resource(&request.path) {
            None if request.path == DRY_RUN && request.method == "POST" => {
                let dry = request.query.get("dryRun").is_some_and(|dry| dry == "All");
                let status = if dry { status_of(|state| state.dry_run_status) } else { 500 };
                answer(&mut stream, status, &failure(status).to_string()).await?;
            }
            None if request.path == SCHEDULER && status_of(|state| state.scheduler_status) == 200 => {
                let lease = json!({"spec": {"renewTime": SCHEDULER_RENEWED, "holderIdentity": "somebody"}});
                answer(&mut stream, 200, &lease.to_string()).await?;
            }
            None if request.path == SCHEDULER => {
                let status = status_of(|state| state.scheduler_status);
                answer(&mut stream, status, &failure(status).to_string()).await?;
            }
            Some(resource) if is_watch => return watch(&mut stream, shared, resource, &request).await,
            Some(resource) => answer(&mut stream, 200, &list(shared, resource).to_string()).await?,
            None => match request.path.as_str() {
                "/livez" if ready => answer(&mut stream, 200, "ok").await?,
                "/readyz" if ready => answer(&mut stream, 200, "[+]ping ok\n[+]etcd ok\nreadyz check passed\n").await?,
                "/livez" | "/readyz" => {
                    answer(&mut stream, 500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n")
                        .await?;
                }
                "/status/200" => answer(&mut stream, 200, "").await?,
                _ => answer(&mut stream, 404, &failure(404).to_string()).await?,
            },
        }
    }
    Ok(())
}

/// Path of the dry run.
const DRY_RUN: &str = "/api/v1/namespaces/default/configmaps";
/// Path of the scheduler's lease.
const SCHEDULER: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler";
/// `spec.renewTime` of the scheduler's lease.
pub(crate) const SCHEDULER_RENEWED: &str = "2026-01-05T12:00:00.000001Z";

fn resource(path: &str) -> Option<&'static str> {
    match path {
        "/api/v1/nodes" => Some("nodes"),
        "/api/v1/pods" => Some("pods"),
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases" => Some("leases"),
        _ => None,
    }
}

fn failure(code: u16) -> Value {
    let reason = match code {
        403 => "Forbidden",
        410 => "Expired",
        503 => "ServiceUnavailable",
        _ => "Unknown",
    };
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code, "reason": reason,
        "message": format!("the fake says {code}")
    })
}

fn list(shared: &Shared, resource: &str) -> Value {
    let state = shared.state.lock().unwrap();
    let objects = state.objects.iter().filter(|((kind, _), _)| *kind == resource);
    let items: Vec<_> = objects.map(|(_, object)| object).collect();
    let version = state.version.to_string();
    json!({ "kind": "List", "apiVersion": "v1", "metadata": { "resourceVersion": version }, "items": items })
}

async fn watch(stream: &mut TcpStream, shared: &Shared, resource: &str, request: &Request) -> io::Result<()> {
    let mut from: u64 = request.query.get("resourceVersion").and_then(|from| from.parse().ok()).unwrap_or_default();
    let seconds = request.query.get("timeoutSeconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(3600);
    let mut over = std::pin::pin!(tokio::time::sleep(Duration::from_secs(seconds)));
    let mut changes = shared.changes.subscribe();
    begin_chunks(stream).await?;
    loop {
        changes.borrow_and_update();
        match shared.mode() {
            Mode::Healthy => {}
            Mode::Hang => std::future::pending().await,
            Mode::Reset => return stream.set_zero_linger(),
            Mode::Half => {
                stream.write_all(b"40\r\n{\"type\":\"MODIF").await?;
                return stream.flush().await;
            }
            Mode::Close | Mode::Status(_) => return Ok(()),
        }
        let (oldest, new) = {
            let state = shared.state.lock().unwrap();
            let new = state.history.iter().filter(|change| change.resource == resource && change.version > from);
            (state.oldest, new.cloned().collect::<Vec<_>>())
        };
        if from < oldest {
            let gone = json!({ "type": "ERROR", "object": failure(410) });
            chunk(stream, &format!("{gone}\n")).await?;
            return Ok(());
        }
        for change in new {
            from = change.version;
            chunk(stream, &format!("{}\n", change.event)).await?;
        }
        let mut byte = [0];
        tokio::select! {
            changed = changes.changed() => changed.map_err(io::Error::other)?,
            read = stream.read(&mut byte) => if read? == 0 { return Ok(()) },
            () = &mut over => return stream.write_all(b"0\r\n\r\n").await,
        }
    }
}
