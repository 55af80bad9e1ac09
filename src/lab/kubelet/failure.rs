//! How a call to the API server fails, and the words that Go has for it. Pure.
//!
//! What failed is found in the system's and the protocol's own errors; only the addresses in the words are the story's.

use std::{fmt, io, sync::Arc};

use hyper::StatusCode;
use serde_json::Value;

use crate::lab::names::Names;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The name does not exist.
    Lookup,
    /// The port is closed.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection was closed.
    Eof,
    /// The server took the connection and never spoke.
    Handshake,
    /// The call's own time ran out before there was a connection.
    WaitingForConnection,
    /// The call's own time ran out before there was an answer.
    AwaitingHeaders,
    /// Pings went unanswered.
    Lost,
    /// This kubelet closed the connection itself.
    Closed,
    /// The server answered, and not with what was asked for.
    Answered(StatusCode, String),
    /// Something else of the system's or the protocol's.
    Other(String),
}

impl Failure {
    /// Whether a client of Kubernetes takes it for the end of a watch rather than for a failure to begin one
    /// (`IsProbableEOF` and `IsTimeout` in client-go's `Request.Watch`).
    pub(super) fn is_like_an_end(&self) -> bool {
        match self {
            Self::Eof
            | Self::Reset
            | Self::Closed
            | Self::Handshake
            | Self::WaitingForConnection
            | Self::AwaitingHeaders => true,
            Self::Lookup | Self::Refused | Self::Lost | Self::Answered(..) | Self::Other(_) => false,
        }
    }
}

/// A failed call: what was called, and why it failed. Its text is what a kubelet's journal has.
#[derive(Debug, Clone)]
pub(super) struct CallError {
    pub(super) failure: Failure,
    words: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What the words of a failure need.
pub(super) struct Described {
    pub(super) call: String,
    pub(super) names: Names,
    pub(super) me: Arc<str>,
}

pub(super) fn error(failure: Failure, described: &Described) -> CallError {
    let Described { call, names, me } = described;
    let there = names.address();
    let why = match &failure {
        Failure::Answered(_, message) => return CallError { words: message.clone(), failure },
        Failure::Lookup => names.no_such_host(),
        Failure::Refused => format!("dial tcp {there}: connect: connection refused"),
        Failure::Reset => format!("read tcp {me}:40422->{there}: read: connection reset by peer"),
        Failure::Eof => "EOF".to_owned(),
        Failure::Handshake => "net/http: TLS handshake timeout".to_owned(),
        Failure::WaitingForConnection => {
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
                .to_owned()
        }
        Failure::AwaitingHeaders => {
            "net/http: request canceled (Client.Timeout exceeded while awaiting headers)".to_owned()
        }
        Failure::Lost => "http2: client connection lost".to_owned(),
        Failure::Closed => format!("read tcp {me}:40422->{there}: use of closed network connection"),
        Failure::Other(words) => words.clone(),
    };
    CallError { words: format!("{call}: {why}"), failure }
}

pub(super) fn of_system(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => Failure::Reset,
        io::ErrorKind::UnexpectedEof => Failure::Eof,
        _ => Failure::Other(error.to_string()),
    }
}

/// The connection's end, in its causes.
pub(super) fn of_protocol(error: &hyper::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Lost;
    }
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return of_system(error);
        }
        next = cause.source();
    }
    Failure::Eof
}

/// What a `Status` says.
pub(super) fn answered(status: StatusCode, body: &[u8]) -> Failure {
    let message =
        serde_json::from_slice::<Value>(body).ok().and_then(|status| Some(status["message"].as_str()?.to_owned()));
    let message = message.unwrap_or_else(|| {
        format!("the server responded with the status code {} but did not return more information", status.as_u16())
    });
    Failure::Answered(status, message)
}
