//! The API server as a process: the connections of one run of it, and how they end.
//!
//! The host comes in through the published port and speaks HTTP/1.1; the kubelets come in through the cluster's network
//! and speak HTTP/2, so that one connection carries all of a kubelet's watches, as in a real cluster. The lab has no
//! TLS: one byte each way stands for its handshake, so that a server that is not ready to speak is met before the first
//! request, as it is there. What is answered is `api`'s.

use std::{convert::Infallible, pin::Pin, pin::pin, sync::Arc};

use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::{
    api::{Api, Serving},
    dice::Dice,
    gate::Door,
};

/// What stands for a TLS handshake.
pub(super) const HELLO: u8 = 0x16;

/// One run of the API server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    api: Arc<Api>,
    /// Its processes are frozen: sockets stay open, and nothing moves.
    frozen: watch::Receiver<bool>,
    /// It was asked to end: no new requests, streams go on.
    drain: CancellationToken,
    /// It is dead.
    cut: CancellationToken,
    /// The engine's proxy before the published port is gone.
    unpublished: CancellationToken,
}

impl Server {
    /// A run that lives no longer than `life`.
    pub(super) fn new(api: Arc<Api>, frozen: watch::Receiver<bool>, life: &CancellationToken) -> Self {
        let cut = life.child_token();
        Self { api, frozen, drain: CancellationToken::new(), unpublished: cut.child_token(), cut }
    }

    /// Asks it to end: its streams go on.
    pub(super) fn drain(&self) {
        self.drain.cancel();
    }

    /// Ends it: every connection is closed.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    /// Ends the host's connections: they go through the engine's proxy, which ends with the published port.
    pub(super) fn unpublish(&self) {
        self.unpublished.cancel();
    }

    /// Where the host comes in.
    pub(super) fn published(&self) -> Door {
        let server = self.clone();
        Door::new(move |stream| {
            let (server, cut) = (server.clone(), server.unpublished.clone());
            tokio::spawn(cut.run_until_cancelled_owned(server.serve_host(stream)));
        })
    }

    /// Where the kubelets come in.
    pub(super) fn inside(&self) -> Door {
        let server = self.clone();
        Door::new(move |stream| {
            let (server, cut) = (server.clone(), server.cut.clone());
            tokio::spawn(cut.run_until_cancelled_owned(server.serve_kubelet(stream)));
        })
    }

    async fn speaks(&self) {
        let mut serving = self.api.serving();
        let _gone = serving.wait_for(|serving| *serving != Serving::Mute).await;
    }

    async fn serve_host(self, stream: TcpStream) {
        self.speaks().await;
        let api = self.api.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        let _no_delay = stream.set_nodelay(true);
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        self.drive(connection, |connection| connection.graceful_shutdown()).await;
    }

    async fn serve_kubelet(self, mut stream: TcpStream) {
        self.speaks().await;
        let _no_delay = stream.set_nodelay(true);
        let hello = async {
            stream.read_u8().await?;
            stream.write_u8(HELLO).await
        };
        if hello.await.is_err() {
            return;
        }
        let api = self.api.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
        self.drive(connection, |connection| connection.graceful_shutdown()).await;
    }

    /// Runs a connection, but for the time in which the server is frozen.
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

/// What the engine's proxy does with a published port while nothing listens behind it: it takes the connection, and
/// then resets or closes it.
pub(super) fn nothing_behind(dice: &Dice) -> Door {
    let dice = std::sync::Mutex::new(dice.of("proxy"));
    Door::new(move |mut stream| {
        let reset = dice.lock().is_ok_and(|mut dice| dice.below(2) == 0);
        tokio::spawn(async move {
            if reset {
                let _best_effort = stream.set_zero_linger();
                return;
            }
            // what was sent has to be read, or closing would be a reset
            let mut request = [0; 2048];
            let patience = std::time::Duration::from_millis(200);
            let _read = tokio::time::timeout(patience, stream.read(&mut request)).await;
        });
    })
}
