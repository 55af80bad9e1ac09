//! The workload: httpbin's containers, and the NodePort through which each worker leads to them.
//!
//! Nothing here asks the control plane for anything: a container answers while it runs, and a NodePort leads where
//! kube-proxy's rules led it last. As with those rules, a connection is handed to a container whole (there is no proxy
//! between the two), the choice is by chance, and a container that does not run refuses.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    dice::Dice,
    gate::{Door, Gate},
    topology::Topology,
};

/// The longest request that is read, and for how long.
const REQUEST: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A container. Copies are the same one.
#[derive(Debug, Clone)]
pub(super) struct Process {
    name: Arc<str>,
    runs: watch::Sender<bool>,
    /// How often it was started anew.
    starts: Arc<AtomicU32>,
}

impl Process {
    fn new(name: &str) -> Self {
        Self { name: name.into(), runs: watch::Sender::new(true), starts: Arc::default() }
    }

    /// Ends it, as a crash does.
    fn crash(&self) {
        self.runs.send_replace(false);
    }

    /// Starts it again.
    pub(super) fn start(&self) {
        self.starts.fetch_add(1, Ordering::Relaxed);
        self.runs.send_replace(true);
    }

    /// How often it was started anew, while it runs.
    pub(super) fn attempt(&self) -> Option<u32> {
        self.runs.borrow().then(|| self.starts.load(Ordering::Relaxed))
    }

    /// Waits until it does not run.
    pub(super) async fn ended(&self) {
        let mut runs = self.runs.subscribe();
        let _lives_as_long_as_this = runs.wait_for(|runs| !runs).await;
    }

    /// Takes a connection.
    fn take(&self, stream: TcpStream) {
        if !*self.runs.borrow() {
            let _best_effort = stream.set_zero_linger();
            return;
        }
        let (mut runs, name) = (self.runs.subscribe(), self.name.clone());
        tokio::spawn(async move {
            tokio::select! {
                _crashed = runs.wait_for(|runs| !runs) => {}
                _answered = timeout(PATIENCE, answer(stream, &name)) => {}
            }
        });
    }
}

/// The containers of the workload, and kube-proxy's rules. Copies share them.
#[derive(Clone)]
pub(super) struct Workload {
    processes: Arc<BTreeMap<String, Process>>,
    rules: Arc<Mutex<Rules>>,
}

struct Rules {
    /// The pods that the NodePort leads to.
    endpoints: Vec<String>,
    dice: Dice,
}

impl fmt::Debug for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.processes.keys()).finish()
    }
}

impl Workload {
    pub(super) fn new(topology: &Topology, dice: &Dice) -> Self {
        let processes: BTreeMap<_, _> =
            topology.workload().map(|pod| (pod.name.clone(), Process::new(&pod.name))).collect();
        let endpoints = processes.keys().cloned().collect();
        Self {
            processes: Arc::new(processes),
            rules: Arc::new(Mutex::new(Rules { endpoints, dice: dice.of("kube-proxy") })),
        }
    }

    /// The names of its pods.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.processes.keys().map(String::as_str)
    }

    pub(super) fn process(&self, pod: &str) -> Option<Process> {
        self.processes.get(pod).cloned()
    }

    /// Ends a pod's container; whether there is such a pod.
    pub(super) fn crash(&self, pod: &str) -> bool {
        self.processes.get(pod).map(Process::crash).is_some()
    }

    /// What kube-proxy has learnt from the API server.
    pub(super) fn lead_to(&self, endpoints: Vec<String>) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).endpoints = endpoints;
    }

    /// A worker's NodePort, open.
    pub(super) fn node_port(&self, frozen: watch::Receiver<bool>, life: CancellationToken) -> io::Result<Gate> {
        let workload = self.clone();
        let mut gate = Gate::new(frozen, life)?;
        gate.open_now(Door::new(move |stream| workload.balance(stream)))?;
        Ok(gate)
    }

    /// A rule for each endpoint, one of them by chance (`statistic mode random`); none refuses.
    fn balance(&self, stream: TcpStream) {
        let chosen = {
            let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            let place = rules.endpoints.len();
            let place = rules.dice.below(place);
            rules.endpoints.get(place).and_then(|pod| self.processes.get(pod)).cloned()
        };
        match chosen {
            Some(process) => process.take(stream),
            None => {
                let _best_effort = stream.set_zero_linger();
            }
        }
    }
}

/// httpbin, as far as anyone asks it: `/status/CODE`, and its host name for everything else.
async fn answer(mut stream: TcpStream, pod: &str) -> io::Result<()> {
    let mut request = Vec::with_capacity(512);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > REQUEST || stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let status = std::str::from_utf8(path).ok().and_then(|path| path.strip_prefix("/status/"));
    let (code, body) = match status {
        Some(code) => (code.parse::<u16>().ok().filter(|code| (200..600).contains(code)).unwrap_or(400), String::new()),
        None => (200, format!("{{\"hostname\": \"{pod}\"}}\n")),
    };
    let reason = http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("Unknown");
    let head = format!(
        "HTTP/1.1 {code} {reason}\r\nServer: gunicorn/19.9.0\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}
