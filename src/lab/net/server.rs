//! The API server as a process: the connections of one run and how they end.
//!
//! The host connects through the published port and speaks HTTP/1.1. The kubelets connect through the cluster's network
//! and speak HTTP/2, so that one connection carries all watches of a kubelet, as in a real cluster. What is answered is
//! decided in `api`.

use std::{convert::Infallible, pin::Pin, pin::pin, sync::Arc, time::Duration};

use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{io::AsyncReadExt as _, net::TcpStream, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{handshake, port::ConnectionHandler};
use crate::lab::{
    api::{ApiHandler, ServingPhase},
    rng::Rng,
};

/// Longest wait of [`proxy_without_backend`] for a request, in unscaled time.
const REQUEST_WAIT: Duration = Duration::from_millis(200);

/// One run of the API server. Copies share its connections.
#[derive(Debug, Clone)]
pub(in crate::lab) struct ApiServer {
    api: Arc<ApiHandler>,
    /// While true, sockets stay open and nothing is read or written.
    frozen: watch::Receiver<bool>,
    /// Refuses new requests; streams that are open go on.
    drain: CancellationToken,
    /// Closes every connection, whatever is open on it.
    kill: CancellationToken,
    /// Closes the host's connections, which pass through the engine's proxy. Cancelled by `kill`, too.
    unpublish: CancellationToken,
}

impl ApiServer {
    /// Creates a run that ends with `shutdown` at the latest.
    pub(in crate::lab) fn new(
        api: Arc<ApiHandler>,
        frozen: watch::Receiver<bool>,
        shutdown: &CancellationToken,
    ) -> Self {
        let kill = shutdown.child_token();
        Self { api, frozen, drain: CancellationToken::new(), unpublish: kill.child_token(), kill }
    }

    /// Shuts down gracefully: open streams go on.
    pub(in crate::lab) fn drain(&self) {
        self.drain.cancel();
    }

    /// Closes every connection, as the end of the process does.
    pub(in crate::lab) fn kill(&self) {
        self.kill.cancel();
    }

    /// Closes the host's connections, because the engine's proxy ends together with the published port.
    pub(in crate::lab) fn unpublish(&self) {
        self.unpublish.cancel();
    }

    /// Returns the handler of the published port.
    pub(in crate::lab) fn host_handler(&self) -> ConnectionHandler {
        let server = self.clone();
        ConnectionHandler::new(move |stream| {
            let (server, closed) = (server.clone(), server.unpublish.clone());
            tokio::spawn(closed.run_until_cancelled_owned(server.serve_host(stream)));
        })
    }

    /// Returns the handler of the port in the cluster's network.
    pub(in crate::lab) fn kubelet_handler(&self) -> ConnectionHandler {
        let server = self.clone();
        ConnectionHandler::new(move |stream| {
            let (server, closed) = (server.clone(), server.kill.clone());
            tokio::spawn(closed.run_until_cancelled_owned(server.serve_kubelet(stream)));
        })
    }

    async fn until_it_speaks(&self) {
        let mut phase = self.api.phase();
        let _lab_ended = phase.wait_for(|phase| *phase != ServingPhase::Silent).await;
    }

    async fn serve_host(self, stream: TcpStream) {
        self.until_it_speaks().await;
        let api = self.api.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.respond(request).await) }
        });
        let _best_effort = stream.set_nodelay(true);
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        self.drive(connection, |connection| connection.graceful_shutdown()).await;
    }

    async fn serve_kubelet(self, mut stream: TcpStream) {
        self.until_it_speaks().await;
        let _best_effort = stream.set_nodelay(true);
        if handshake::accept(&mut stream).await.is_err() {
            return;
        }
        let api = self.api.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.respond(request).await) }
        });
        let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
        self.drive(connection, |connection| connection.graceful_shutdown()).await;
    }

    /// Drives a connection to its end, except while the server is frozen.
    async fn drive<C: Future>(mut self, connection: C, shut_down: impl Fn(Pin<&mut C>)) {
        let mut connection = pin!(connection);
        let mut draining = false;
        loop {
            let frozen = *self.frozen.borrow_and_update();
            tokio::select! {
                biased;
                changed = self.frozen.changed() => if changed.is_err() {
                    return;
                },
                () = self.drain.cancelled(), if !draining && !frozen => {
                    draining = true;
                    shut_down(connection.as_mut());
                }
                _ended = &mut connection, if !frozen => return,
            }
        }
    }
}

/// Returns a handler that acts as the engine's proxy does while nothing listens behind a published port: it accepts the
/// connection, then resets or closes it, each in half of the cases.
pub(in crate::lab) fn proxy_without_backend(rng: &Rng) -> ConnectionHandler {
    let rng = std::sync::Mutex::new(rng.stream("proxy"));
    ConnectionHandler::new(move |mut stream| {
        let reset = rng.lock().is_ok_and(|mut rng| rng.index(2) == 0);
        tokio::spawn(async move {
            if reset {
                let _best_effort = stream.set_zero_linger();
                return;
            }
            // closing a socket with unread data would send a reset
            let mut request = [0; 2048];
            let _read = tokio::time::timeout(REQUEST_WAIT, stream.read(&mut request)).await;
        });
    })
}
