//! The way in which a call failed.
//!
//! The words are part of the JSON formats and never change. `cause.rs` finds the symptom in an error text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The way in which a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// The host answered that its port is closed.
    ConnectionRefused,
    /// The name of the host could not be resolved.
    DnsFailure,
    /// There is no route to the host.
    Unreachable,
    /// No answer came in time.
    Timeout,
    /// An open connection broke.
    ConnectionLost,
    /// A certificate, a token or a permission was not accepted.
    TlsOrAuth,
    /// The server answered with an error of its own (5xx).
    ServerError,
    /// The server answered that there are too many requests (429).
    RateLimited,
    /// The line does not name a cause, or reports no failed call.
    None,
}

impl Symptom {
    /// All symptoms, in the order of the variants.
    pub const ALL: [Self; 9] = [
        Self::ConnectionRefused,
        Self::DnsFailure,
        Self::Unreachable,
        Self::Timeout,
        Self::ConnectionLost,
        Self::TlsOrAuth,
        Self::ServerError,
        Self::RateLimited,
        Self::None,
    ];

    /// Returns the word for the symptom in every format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "connection-refused",
            Self::DnsFailure => "dns-failure",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::ConnectionLost => "connection-lost",
            Self::TlsOrAuth => "tls-or-auth",
            Self::ServerError => "server-error",
            Self::RateLimited => "rate-limited",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
