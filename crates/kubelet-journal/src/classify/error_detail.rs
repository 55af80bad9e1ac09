//! A finer cause than the symptom: the words that distinguish two causes of one symptom.
//!
//! A frozen API server and a broken network both end in timeouts, and a name that does not resolve may not exist or
//! its name server may be out of reach. [`Symptom`] stays as coarse as the formats need it; the detail is for those who
//! ask what happened.
//!
//! Sources: `net/http/transport.go` (TLS handshake), `net/net.go` and `syscall/zerrors_linux.go` (network, timeouts)
//! and `crypto/x509/verify.go` (certificates) of Go; `expired certificate` is an alert in its `crypto/tls/alert.go`.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::classify::reading::Reading;
use crate::classify::symptom::Symptom;
use crate::klog::record::Record;

/// A finer cause than the symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorDetail {
    /// This machine has no route to any network, not even to its name server.
    NoNetwork,
    /// The other side accepted the connection and sent nothing: its process is frozen or has no CPU time.
    TlsHandshakeTimeout,
    /// No connection was established in time: packets are lost.
    ConnectTimeout,
    /// A certificate has expired, or is not yet valid.
    CertificateExpired,
}

impl ErrorDetail {
    /// All details, in the order in which they decide.
    pub const ALL: [Self; 4] =
        [Self::NoNetwork, Self::TlsHandshakeTimeout, Self::ConnectTimeout, Self::CertificateExpired];

    /// Returns the words that prove the detail.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::NoNetwork => &["network is unreachable", "network is down"],
            Self::TlsHandshakeTimeout => &["TLS handshake timeout"],
            Self::ConnectTimeout => &[": i/o timeout", "connection timed out"],
            Self::CertificateExpired => &["certificate has expired", "is not yet valid", "expired certificate"],
        }
    }

    /// Whether an error with this symptom can have the detail.
    const fn can_be_of(self, symptom: Symptom) -> bool {
        match self {
            Self::NoNetwork => matches!(symptom, Symptom::DnsFailure | Symptom::Unreachable),
            Self::TlsHandshakeTimeout | Self::ConnectTimeout => matches!(symptom, Symptom::Timeout),
            Self::CertificateExpired => matches!(symptom, Symptom::TlsOrAuth),
        }
    }
}

static FINDERS: LazyLock<Vec<(ErrorDetail, Finder<'static>)>> = LazyLock::new(|| {
    ErrorDetail::ALL.iter().flat_map(|detail| detail.words().iter().map(|word| (*detail, Finder::new(*word)))).collect()
});

/// Finds the detail of a failed call; `None` if the line reports none, or its error has no such words.
#[must_use]
pub fn error_detail(record: &Record<'_>, reading: &Reading<'_>) -> Option<ErrorDetail> {
    if !reading.control_plane {
        return None;
    }
    let text = record.error.unwrap_or(record.message).as_bytes();
    FINDERS
        .iter()
        .find(|(detail, finder)| detail.can_be_of(reading.symptom) && finder.find(text).is_some())
        .map(|(detail, _)| *detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read, record};

    fn of(error: &str) -> Option<ErrorDetail> {
        let line =
            format!(r#"E1228 16:08:57.706942     228 controller.go:195] "Failed to update lease" err="{error}""#);
        let record = record(&line);
        error_detail(&record, &read(&record))
    }

    #[test]
    fn a_name_server_out_of_reach_is_no_missing_name() {
        let cut = concat!(
            "Get \\\"https://cp:6443/x\\\": dial tcp: lookup cp on 10.0.0.1:53: dial udp 10.0.0.1:53: connect: ",
            "network is unreachable",
        );
        assert_eq!(of(cut), Some(ErrorDetail::NoNetwork));
        assert_eq!(of("Get \\\"https://cp:6443/x\\\": dial tcp: lookup cp on 10.0.0.1:53: no such host"), None);
    }

    #[test]
    fn time_outs_before_and_after_the_connection_are_told_apart() {
        assert_eq!(
            of("Put \\\"https://cp:6443/x\\\": net/http: TLS handshake timeout"),
            Some(ErrorDetail::TlsHandshakeTimeout)
        );
        assert_eq!(
            of("Put \\\"https://cp:6443/x\\\": dial tcp 10.0.0.1:6443: i/o timeout"),
            Some(ErrorDetail::ConnectTimeout)
        );
        assert_eq!(of("Put \\\"https://cp:6443/x\\\": context deadline exceeded"), None);
    }
}
