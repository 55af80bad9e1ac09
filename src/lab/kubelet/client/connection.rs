//! A kubelet's HTTP/2 connection, and why it ended.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{net::TcpStream, task::AbortHandle, time::timeout};

use crate::lab::{cluster::dns::ClusterDns, kubelet::call_error::CallFailure, net::handshake, time_scale::TimeScale};

/// Idle time after which the connection is checked with a ping (`ReadIdleTimeout`, k8s.io/apimachinery
/// `pkg/util/net/http.go`).
const READ_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time after which an unanswered ping ends the connection (`PingTimeout`, same file).
const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// `TLSHandshakeTimeout` of a Kubernetes client (k8s.io/client-go `transport/cache.go`).
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a connection ended; empty while it is open. Copies share it.
#[derive(Clone, Default)]
pub(super) struct CloseReason(Arc<OnceLock<CallFailure>>);

impl CloseReason {
    fn set(&self, failure: CallFailure) {
        let _keep_the_first = self.0.set(failure);
    }

    /// Returns the failure of a call whose connection broke: a time-out of pings is in the call's own error, any other
    /// reason in the connection's.
    pub(super) fn failure(&self, error: &hyper::Error) -> CallFailure {
        match CallFailure::from_hyper(error) {
            CallFailure::PingTimeout => CallFailure::PingTimeout,
            failure => self.0.get().cloned().unwrap_or(failure),
        }
    }

    /// Whether Go's client repeats a call on a new connection after this end of an idle one.
    pub(super) fn allows_retry(&self) -> bool {
        self.0
            .get()
            .is_none_or(|failure| matches!(failure, CallFailure::Eof | CallFailure::Reset | CallFailure::Closed))
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// An open connection, driven by a task of its own.
pub(super) struct KubeletConnection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) close_reason: CloseReason,
    task: AbortHandle,
}

impl KubeletConnection {
    /// Waits until a request can be sent; false if the connection has ended.
    pub(super) async fn is_usable(&mut self) -> bool {
        !self.sender.is_closed() && self.sender.ready().await.is_ok()
    }

    /// Closes the connection on behalf of the kubelet.
    pub(super) fn close(self) {
        self.close_reason.set(CallFailure::Closed);
        self.task.abort();
    }
}

/// Resolves the API server's name and connects to it.
///
/// # Errors
///
/// If the name does not exist, the connection fails, or the handshake is not answered in time.
pub(super) async fn connect(dns: &ClusterDns, time: TimeScale) -> Result<KubeletConnection, CallFailure> {
    let address = dns.resolve().ok_or(CallFailure::NoSuchHost)?;
    let mut stream = TcpStream::connect(address).await.map_err(|error| CallFailure::from_io(&error))?;
    let _best_effort = stream.set_nodelay(true);
    timeout(time.scaled(TLS_HANDSHAKE_TIMEOUT), handshake::connect(&mut stream))
        .await
        .map_err(|_elapsed| CallFailure::HandshakeTimeout)?
        .map_err(|error| CallFailure::from_io(&error))?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(time.scaled(READ_IDLE_TIMEOUT))
        .keep_alive_timeout(time.scaled(PING_TIMEOUT))
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| CallFailure::from_hyper(&error))?;
    let close_reason = CloseReason::default();
    let ended = close_reason.clone();
    let task = tokio::spawn(async move {
        ended.set(match connection.await {
            Ok(()) => CallFailure::Eof,
            Err(error) => CallFailure::from_hyper(&error),
        });
    });
    Ok(KubeletConnection { sender, close_reason, task: task.abort_handle() })
}
