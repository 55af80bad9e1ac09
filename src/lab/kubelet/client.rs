//! A kubelet's client for the API server: one HTTP/2 connection, made when it is needed, and errors in the form of
//! Go's.
//!
//! Every failure happened on a socket: the name did not resolve, the connection was refused, closed or reset, pings
//! went unanswered, or a time-out elapsed.

mod api_call;
mod connection;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::{Method, Request, Response, body::Incoming, client::conn::http2::SendRequest};
use tokio::{sync::Mutex, time::timeout};

pub(super) use api_call::ApiCall;

use connection::{CloseReason, KubeletConnection};

use super::call_error::{CallDescription, CallError, CallFailure};
use crate::lab::{cluster::dns::ClusterDns, time_scale::TimeScale};

/// Largest response that is read, in bytes; far more than the lists of a lab with 50 workers.
const MAX_RESPONSE: usize = 16 << 20;

/// A client for the API server. Copies share the connection.
#[derive(Clone)]
pub(super) struct KubeletClient {
    dns: ClusterDns,
    time: TimeScale,
    user: Arc<str>,
    /// IP address of the node in the simulated network.
    local_address: Arc<str>,
    slot: Arc<Mutex<ConnectionSlot>>,
}

/// The connection of a client.
#[derive(Default)]
struct ConnectionSlot {
    /// `None` before the first call, and after the connection was found closed.
    connection: Option<KubeletConnection>,
    /// When the last attempt to connect failed, and how: the calls that waited for it fail with it.
    last_failure: Option<(std::time::Duration, CallFailure)>,
}

/// A connection for one call.
struct Checkout {
    sender: SendRequest<Full<Bytes>>,
    close_reason: CloseReason,
    /// Whether it was made for this call.
    new: bool,
}

impl KubeletClient {
    /// Creates the client of the kubelet of `node`, whose IP address in the simulated network is `address`.
    pub(super) fn new(dns: ClusterDns, time: TimeScale, node: &str, address: &str) -> Self {
        let user = format!("system:node:{node}").into();
        Self { dns, time, user, local_address: address.into(), slot: Arc::default() }
    }

    /// Makes a call and reads the complete response.
    ///
    /// # Errors
    ///
    /// If the call fails or times out, or if the response is not a success.
    pub(super) async fn call(&self, call: ApiCall) -> Result<Bytes, CallError> {
        let connected = OnceLock::new();
        let response = async {
            let (response, close_reason) = self.send(&call, &connected).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_RESPONSE).collect().await;
            let body = body.map(Collected::to_bytes).map_err(|error| match error.downcast_ref() {
                Some(error) => close_reason.failure(error),
                None => CallFailure::Eof,
            })?;
            if status.is_success() { Ok(body) } else { Err(CallFailure::from_response(status, &body)) }
        };
        let result = match call.timeout {
            None => response.await,
            Some(limit) => match timeout(self.time.scaled(limit), response).await {
                Ok(result) => result,
                Err(_elapsed) if connected.get().is_some() => Err(CallFailure::HeaderTimeout),
                Err(_elapsed) => Err(CallFailure::ConnectionTimeout),
            },
        };
        result.map_err(|failure| self.describe(&call).error(failure))
    }

    /// Makes a call whose response is read as it comes. The call's time-out is not applied.
    ///
    /// # Errors
    ///
    /// If the call fails, or if the response is not a success.
    pub(super) async fn stream(&self, call: ApiCall) -> Result<ResponseStream, CallError> {
        let error = |failure| self.describe(&call).error(failure);
        let (response, close_reason) = self.send(&call, &OnceLock::new()).await.map_err(error)?;
        let status = response.status();
        if !status.is_success() {
            let body = response.into_body().collect().await.map(Collected::to_bytes);
            return Err(error(CallFailure::from_response(status, &body.unwrap_or_default())));
        }
        Ok(ResponseStream { body: response.into_body(), close_reason })
    }

    /// Closes the connection: calls and streams on it fail with [`CallFailure::Closed`].
    pub(super) async fn close(&self) {
        if let Some(connection) = self.slot.lock().await.connection.take() {
            connection.close();
        }
    }

    fn describe(&self, call: &ApiCall) -> CallDescription {
        let method = match call.method {
            Method::GET => "Get",
            Method::PUT => "Put",
            Method::POST => "Post",
            Method::PATCH => "Patch",
            _ => "Delete",
        };
        CallDescription {
            call: format!("{method} \"https://{}{}\"", self.dns.authority(), call.path),
            dns: self.dns.clone(),
            local_address: self.local_address.clone(),
        }
    }

    /// Sends a call over the existing connection, or over a new one if that was closed before the call was sent. Sets
    /// `connected` once there is a connection.
    async fn send(
        &self,
        call: &ApiCall,
        connected: &OnceLock<()>,
    ) -> Result<(Response<Incoming>, CloseReason), CallFailure> {
        loop {
            let Checkout { mut sender, close_reason, new } = self.connection().await?;
            let _already_set = connected.set(());
            let request = Request::builder()
                .method(call.method.clone())
                .uri(format!("http://{}{}", self.dns.host(), call.path))
                .header("x-remote-user", &*self.user)
                .body(Full::new(call.body.clone()))
                .map_err(|error| CallFailure::Other(error.to_string()))?;
            match sender.send_request(request).await {
                Ok(response) => return Ok((response, close_reason)),
                Err(error) => {
                    self.forget(&close_reason).await;
                    let sent = !(error.is_canceled() || error.is_closed());
                    if new || sent || !close_reason.allows_retry() {
                        return Err(close_reason.failure(&error));
                    }
                }
            }
        }
    }

    /// Drops the connection with that close reason, unless it was replaced already.
    async fn forget(&self, close_reason: &CloseReason) {
        let mut slot = self.slot.lock().await;
        if slot.connection.as_ref().is_some_and(|connection| connection.close_reason.is_same(close_reason)) {
            slot.connection = None;
        }
    }

    /// Returns the existing connection, or makes a new one. Calls that wait meanwhile share the result, also a failure.
    async fn connection(&self) -> Result<Checkout, CallFailure> {
        let asked = self.time.elapsed();
        let mut slot = self.slot.lock().await;
        if let Some(connection) = &mut slot.connection {
            if connection.is_usable().await {
                let (sender, close_reason) = (connection.sender.clone(), connection.close_reason.clone());
                return Ok(Checkout { sender, close_reason, new: false });
            }
            slot.connection = None;
        }
        match &slot.last_failure {
            Some((at, failure)) if *at > asked => return Err(failure.clone()),
            _ => {}
        }
        match connection::connect(&self.dns, self.time).await {
            Ok(connection) => {
                let (sender, close_reason) = (connection.sender.clone(), connection.close_reason.clone());
                slot.connection = Some(connection);
                Ok(Checkout { sender, close_reason, new: true })
            }
            Err(failure) => {
                slot.last_failure = Some((self.time.elapsed(), failure.clone()));
                Err(failure)
            }
        }
    }
}

/// The body of a response, read as it comes.
pub(super) struct ResponseStream {
    body: Incoming,
    close_reason: CloseReason,
}

impl ResponseStream {
    /// Waits for the next chunk; `None` if the server ended the stream in order.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, CallFailure>> {
        loop {
            return match self.body.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
                Err(error) => Some(Err(self.close_reason.failure(&error))),
            };
        }
    }
}
