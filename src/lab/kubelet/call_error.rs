//! Failed calls to the API server, and the text that Go has for each failure. Pure.
//!
//! The failure is found in the errors of the system and of the HTTP library; only the addresses in the text are those
//! of the simulated network.

use std::{fmt, io, sync::Arc};

use hyper::StatusCode;
use serde_json::Value;

use crate::{error_chain, lab::cluster::dns::ClusterDns};

/// Local port in the errors of a connection that broke; the real one is of no interest.
const LOCAL_PORT: u16 = 40422;

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallFailure {
    /// The name of the API server does not exist.
    NoSuchHost,
    /// The connection was refused.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection was closed.
    Eof,
    /// The connection was accepted, and the handshake was not answered in time.
    HandshakeTimeout,
    /// The call timed out before there was a connection.
    ConnectionTimeout,
    /// The call timed out before there was a response.
    HeaderTimeout,
    /// HTTP/2 pings went unanswered.
    PingTimeout,
    /// This kubelet closed the connection.
    Closed,
    /// The API server responded with an error: its code, and the message of its `metav1.Status`.
    Response(StatusCode, String),
    /// Any other error of the system or of the HTTP library.
    Other(String),
}

impl CallFailure {
    /// Classifies an error of a socket.
    pub(super) fn from_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
                Self::Reset
            }
            io::ErrorKind::UnexpectedEof => Self::Eof,
            _ => Self::Other(error.to_string()),
        }
    }

    /// Classifies the end of a connection by the causes of the error.
    pub(super) fn from_hyper(error: &hyper::Error) -> Self {
        if error.is_timeout() {
            return Self::PingTimeout;
        }
        let io_error = error_chain::iter(error).find_map(|cause| cause.downcast_ref::<io::Error>());
        io_error.map_or(Self::Eof, Self::from_io)
    }

    /// Takes the message from the `metav1.Status` of a response that is not a success.
    pub(super) fn from_response(code: StatusCode, body: &[u8]) -> Self {
        let message =
            serde_json::from_slice::<Value>(body).ok().and_then(|status| Some(status["message"].as_str()?.to_owned()));
        let message = message.unwrap_or_else(|| {
            format!("the server responded with the status code {} but did not return more information", code.as_u16())
        });
        Self::Response(code, message)
    }

    /// Whether client-go takes the failed start of a watch for the end of one (`IsProbableEOF` or `IsTimeout` in
    /// `Request.Watch`), which is not logged.
    pub(super) fn ends_watch_silently(&self) -> bool {
        match self {
            Self::Eof
            | Self::Reset
            | Self::Closed
            | Self::HandshakeTimeout
            | Self::ConnectionTimeout
            | Self::HeaderTimeout => true,
            Self::NoSuchHost | Self::Refused | Self::PingTimeout | Self::Response(..) | Self::Other(_) => false,
        }
    }
}

/// A failed call. Its text is what a kubelet logs.
#[derive(Debug, Clone)]
pub(super) struct CallError {
    pub(super) failure: CallFailure,
    text: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The parts of a call that appear in the text of its errors.
pub(super) struct CallDescription {
    /// Method and URL, such as `Get "https://…"`.
    pub(super) call: String,
    pub(super) dns: ClusterDns,
    /// IP address of the kubelet's node in the simulated network.
    pub(super) local_address: Arc<str>,
}

impl CallDescription {
    /// Builds the error of the call.
    pub(super) fn error(&self, failure: CallFailure) -> CallError {
        let Self { call, dns, local_address } = self;
        let server = dns.shown_address();
        let reason = match &failure {
            CallFailure::Response(_, message) => return CallError { text: message.clone(), failure },
            CallFailure::NoSuchHost => dns.no_such_host(),
            CallFailure::Refused => format!("dial tcp {server}: connect: connection refused"),
            CallFailure::Reset => {
                format!("read tcp {local_address}:{LOCAL_PORT}->{server}: read: connection reset by peer")
            }
            CallFailure::Eof => "EOF".to_owned(),
            CallFailure::HandshakeTimeout => "net/http: TLS handshake timeout".to_owned(),
            CallFailure::ConnectionTimeout => "net/http: request canceled while waiting for connection \
                                               (Client.Timeout exceeded while awaiting headers)"
                .to_owned(),
            CallFailure::HeaderTimeout => {
                "net/http: request canceled (Client.Timeout exceeded while awaiting headers)".to_owned()
            }
            CallFailure::PingTimeout => "http2: client connection lost".to_owned(),
            CallFailure::Closed => {
                format!("read tcp {local_address}:{LOCAL_PORT}->{server}: use of closed network connection")
            }
            CallFailure::Other(text) => text.clone(),
        };
        CallError { text: format!("{call}: {reason}"), failure }
    }
}
