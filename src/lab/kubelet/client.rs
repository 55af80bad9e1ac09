//! A kubelet's way to its API server: one HTTP/2 connection that is made when it is needed, and failures in Go's words.
//!
//! Every failure is one that happened: the name was not there, the system refused the connection, the peer closed or
//! reset it, pings went unanswered, a time ran out. Only the addresses in the words are the story's.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response,
    body::Incoming,
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
    task::AbortHandle,
    time::timeout,
};

use super::failure::{CallError, Described, Failure, answered, error, of_protocol, of_system};
use crate::lab::{names::Names, pace::Pace, server::HELLO};

/// `http2` health checks of a Kubernetes client (apimachinery util/net/http.go: `ReadIdleTimeout`, `PingTimeout`).
const READ_IDLE: Duration = Duration::from_secs(30);
const PING: Duration = Duration::from_secs(15);
/// `TLSHandshakeTimeout` of a Kubernetes client.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const LONGEST: usize = 16 << 20;

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    why: Why,
    task: AbortHandle,
}

/// Why a connection ended, once it has.
type Why = Arc<OnceLock<Failure>>;

/// A call.
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) body: Bytes,
    /// How long it may take, of the real thing's time.
    pub(super) patience: Option<Duration>,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Bytes::new(), patience: None }
    }

    pub(super) fn send(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self { method, path: path.into(), body: body.to_string().into(), patience: None }
    }

    pub(super) fn within(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }
}

/// The way to the API server. Copies share the connection.
#[derive(Clone)]
pub(super) struct Client {
    names: Names,
    pace: Pace,
    user: Arc<str>,
    address: Arc<str>,
    line: Arc<Mutex<Line>>,
}

/// The connection, or how the last try to make one failed.
#[derive(Default)]
struct Line {
    connection: Option<Connection>,
    /// When the last try failed, and how: who waited for that try has failed with it.
    failed: Option<(Duration, Failure)>,
}

impl Client {
    /// `node` and `address`: whose kubelet it is, and where it lives in the story.
    pub(super) fn new(names: Names, pace: Pace, node: &str, address: &str) -> Self {
        let user = format!("system:node:{node}").into();
        Self { names, pace, user, address: address.into(), line: Arc::default() }
    }

    /// Calls, and reads the whole answer.
    pub(super) async fn call(&self, call: Call) -> Result<Bytes, CallError> {
        let patience = call.patience;
        let described = self.described(&call);
        let fail = |failure| error(failure, &described);
        let connected = Arc::new(OnceLock::new());
        let whole = async {
            let (response, why) = self.answer(&call, &connected).await?;
            let status = response.status();
            let body = http_body_util::Limited::new(response.into_body(), LONGEST).collect().await;
            let body = body
                .map_err(|broken| broken.downcast_ref().map_or(Failure::Eof, |error| broke(error, &why)))?
                .to_bytes();
            if status.is_success() { Ok(body) } else { Err(answered(status, &body)) }
        };
        let answer = match patience {
            None => whole.await,
            Some(patience) => timeout(self.pace.of(patience), whole).await.unwrap_or_else(|_elapsed| {
                let late =
                    if connected.get().is_some() { Failure::AwaitingHeaders } else { Failure::WaitingForConnection };
                Err(late)
            }),
        };
        answer.map_err(fail)
    }

    /// Calls, and leaves the answer to be read as it comes.
    pub(super) async fn stream(&self, call: Call) -> Result<Stream, CallError> {
        let described = self.described(&call);
        let fail = |failure| error(failure, &described);
        let (response, why) = self.answer(&call, &OnceLock::new()).await.map_err(fail)?;
        let status = response.status();
        if !status.is_success() {
            let body = response.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            return Err(error(answered(status, &body.unwrap_or_default()), &described));
        }
        Ok(Stream { body: response.into_body(), why })
    }

    /// Closes the connection: whoever uses it hears so.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.line.lock().await.connection.take() {
            let _known = connection.why.set(Failure::Closed);
            connection.task.abort();
        }
    }

    fn described(&self, call: &Call) -> Described {
        let method = match call.method {
            Method::GET => "Get",
            Method::PUT => "Put",
            Method::POST => "Post",
            Method::PATCH => "Patch",
            _ => "Delete",
        };
        let url = format!("{method} \"https://{}{}\"", self.names.authority(), call.path);
        Described { call: url, names: self.names.clone(), me: self.address.clone() }
    }

    /// One call over the connection there is, or over a new one. A connection that was closed before the call got out
    /// is no failure of the call.
    async fn answer(&self, call: &Call, connected: &OnceLock<()>) -> Result<(Response<Incoming>, Why), Failure> {
        loop {
            let (mut sender, why, fresh) = self.connected().await?;
            let _once = connected.set(());
            let request = Request::builder()
                .method(call.method.clone())
                .uri(format!("http://{}{}", self.names.host(), call.path))
                .header("x-remote-user", &*self.user)
                .body(Full::new(call.body.clone()))
                .map_err(|error| Failure::Other(error.to_string()))?;
            match sender.send_request(request).await {
                Ok(response) => return Ok((response, why)),
                Err(error)
                    if !fresh && (error.is_canceled() || error.is_closed()) && why.get().is_none_or(may_go_again) =>
                {
                    self.forget(&why).await;
                }
                Err(error) => {
                    self.forget(&why).await;
                    return Err(broke(&error, &why));
                }
            }
        }
    }

    async fn forget(&self, why: &Why) {
        let mut line = self.line.lock().await;
        if line.connection.as_ref().is_some_and(|known| Arc::ptr_eq(&known.why, why)) {
            line.connection = None;
        }
    }

    /// The connection; whether it is a new one.
    async fn connected(&self) -> Result<(SendRequest<Full<Bytes>>, Why, bool), Failure> {
        let asked = self.pace.elapsed();
        let mut line = self.line.lock().await;
        if let Some(known) = &mut line.connection {
            if !known.sender.is_closed() && known.sender.ready().await.is_ok() {
                return Ok((known.sender.clone(), known.why.clone(), false));
            }
            line.connection = None;
        }
        match &line.failed {
            Some((at, failure)) if *at > asked => return Err(failure.clone()),
            _ => {}
        }
        match self.connect().await {
            Ok(made) => {
                let (sender, why) = (made.sender.clone(), made.why.clone());
                line.connection = Some(made);
                Ok((sender, why, true))
            }
            Err(failure) => {
                line.failed = Some((self.pace.elapsed(), failure.clone()));
                Err(failure)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let address = self.names.look_up().ok_or(Failure::Lookup)?;
        let stream = dial(address).await?;
        let stream = timeout(self.pace.of(HANDSHAKE), greet(stream)).await.map_err(|_elapsed| Failure::Handshake)??;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(self.pace.of(READ_IDLE))
            .keep_alive_timeout(self.pace.of(PING))
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| of_protocol(&error))?;
        let why: Why = Arc::default();
        let ends = why.clone();
        let task = tokio::spawn(async move {
            let failure = match connection.await {
                Ok(()) => Failure::Eof,
                Err(error) => of_protocol(&error),
            };
            let _closed_by_us = ends.set(failure);
        });
        Ok(Connection { sender, why, task: task.abort_handle() })
    }
}

/// The answer to a call, as it comes.
pub(super) struct Stream {
    body: Incoming,
    why: Why,
}

impl Stream {
    /// The next piece; nothing when the server ended the stream in order.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        loop {
            return match self.body.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
                Err(broken) => Some(Err(broke(&broken, &self.why))),
            };
        }
    }
}

async fn dial(address: SocketAddr) -> Result<TcpStream, Failure> {
    TcpStream::connect(address).await.map_err(|error| of_system(&error))
}

/// What stands for a TLS handshake.
async fn greet(mut stream: TcpStream) -> Result<TcpStream, Failure> {
    let _no_delay = stream.set_nodelay(true);
    stream.write_u8(HELLO).await.map_err(|error| of_system(&error))?;
    stream.read_u8().await.map_err(|error| of_system(&error))?;
    Ok(stream)
}

/// A stream broke: its own error tells of pings, the connection's end of everything else.
fn broke(error: &hyper::Error, why: &Why) -> Failure {
    match of_protocol(error) {
        Failure::Lost => Failure::Lost,
        failure => why.get().cloned().unwrap_or(failure),
    }
}

/// Go's client tries again by itself on a connection that was closed in order.
fn may_go_again(why: &Failure) -> bool {
    matches!(why, Failure::Eof | Failure::Reset | Failure::Closed)
}
