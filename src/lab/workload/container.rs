//! One container of the workload: an httpbin that runs, or does not.

use std::{
    io,
    sync::{
        Arc,
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

/// Largest request head that is read, in bytes.
const MAX_REQUEST: usize = 8 * 1024;
/// Time after which an unanswered connection is closed.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A container of the workload. Copies are the same container.
#[derive(Debug, Clone)]
pub(in crate::lab) struct WorkloadContainer {
    pod: Arc<str>,
    running: watch::Sender<bool>,
    restarts: Arc<AtomicU32>,
}

impl WorkloadContainer {
    /// Creates the container of the pod `pod`, running.
    pub(super) fn new(pod: &str) -> Self {
        Self { pod: pod.into(), running: watch::Sender::new(true), restarts: Arc::default() }
    }

    /// Ends the container and its connections, as a crash does.
    pub(in crate::lab) fn crash(&self) {
        self.running.send_replace(false);
    }

    pub(in crate::lab) fn restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        self.running.send_replace(true);
    }

    /// Returns the number of restarts, which the container runtime calls the attempt; `None` while it does not run.
    pub(in crate::lab) fn attempt(&self) -> Option<u32> {
        self.running.borrow().then(|| self.restarts.load(Ordering::Relaxed))
    }

    /// Waits until the container does not run.
    pub(in crate::lab) async fn wait_for_end(&self) {
        let mut running = self.running.subscribe();
        // the sender is in `self`
        let _infallible = running.wait_for(|running| !running).await;
    }

    /// Answers a connection, or resets it if the container does not run.
    pub(super) fn accept(&self, stream: TcpStream) {
        if !*self.running.borrow() {
            let _best_effort = stream.set_zero_linger();
            return;
        }
        let (mut running, pod) = (self.running.subscribe(), self.pod.clone());
        tokio::spawn(async move {
            tokio::select! {
                _crashed = running.wait_for(|running| !running) => {}
                _answered = timeout(REQUEST_TIMEOUT, answer(stream, &pod)) => {}
            }
        });
    }
}

/// Answers one request as httpbin does: `/status/CODE` with that code, any other path with 200 and the pod's name.
async fn answer(mut stream: TcpStream, pod: &str) -> io::Result<()> {
    let mut request = Vec::with_capacity(512);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > MAX_REQUEST || stream.read_buf(&mut request).await? == 0 {
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
