//! How a call failed.
//!
//! The words are those of the formats (design.md section 3). How the cause is found in an error text is in `cause.rs`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// The host is there, its port is closed.
    ConnectionRefused,
    /// The name of the host leads nowhere.
    DnsFailure,
    /// There is no way to the host.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The connection was there and broke.
    ConnectionLost,
    /// A certificate or a permission was not accepted.
    TlsOrAuth,
    /// The server answered that it cannot.
    ServerError,
    /// The server asked to slow down.
    RateLimited,
    /// The line does not say.
    None,
}

impl Symptom {
    /// Every symptom, in the order of the documentation.
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

    /// The word for it in every format.
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

    /// Whether the call got no answer at all: nobody at the other end said anything.
    #[must_use]
    pub const fn is_network(self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused | Self::DnsFailure | Self::Unreachable | Self::Timeout | Self::ConnectionLost
        )
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
