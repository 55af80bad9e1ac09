//! Failures of blackout's own requests.

use serde::{Deserialize, Serialize};

/// Failure of a request before it had an HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeError {
    /// Connection refused: the host is up and the port is closed.
    Refused,
    /// Connection reset by the peer.
    Reset,
    /// Connection closed before the answer.
    Eof,
    /// No answer within the time limit of the probe.
    Timeout,
    /// Failed TLS handshake: certificate, name or protocol version.
    Tls,
    /// The name does not resolve.
    Dns,
    /// No route to the host.
    Unreachable,
    /// Any other failure; the health of the source has its message.
    Other,
}

impl ProbeError {
    /// The failure in one or two words, for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Eof => "closed",
            Self::Timeout => "no answer",
            Self::Tls => "TLS failed",
            Self::Dns => "no such name",
            Self::Unreachable => "unreachable",
            Self::Other => "failed",
        }
    }
}
