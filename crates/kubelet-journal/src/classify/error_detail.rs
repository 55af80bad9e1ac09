//! What an error says beyond its symptom: the words that tell two causes of one symptom apart.
//!
//! A frozen API server and a cut network both end in time-outs, and a name that does not resolve may be gone or out of reach. The symptom
//! stays as coarse as the formats need it; a nuance is for whoever asks what happened (`world/signature.rs`).

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::classify::reading::Reading;
use crate::classify::symptom::Symptom;
use crate::klog::text::Record;

/// What an error says beyond its symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nuance {
    /// This machine has no way to anywhere, not even to its name server.
    NoNetwork,
    /// The kernel of the other side took the connection, and nobody spoke: a frozen or starved process.
    Handshake,
    /// No connection came about in time: packets are lost on the way.
    NoConnection,
    /// A certificate is out of date.
    Expired,
}

impl Nuance {
    /// Every nuance.
    pub const ALL: [Self; 4] = [Self::NoNetwork, Self::Handshake, Self::NoConnection, Self::Expired];

    /// The words of each, in the order in which they decide.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::NoNetwork => &["network is unreachable", "network is down"],
            Self::Handshake => &["TLS handshake timeout"],
            Self::NoConnection => &[": i/o timeout", "connection timed out"],
            Self::Expired => &["certificate has expired", "is not yet valid", "expired certificate"],
        }
    }

    const fn can_be_of(self, symptom: Symptom) -> bool {
        match self {
            Self::NoNetwork => matches!(symptom, Symptom::DnsFailure | Symptom::Unreachable),
            Self::Handshake | Self::NoConnection => matches!(symptom, Symptom::Timeout),
            Self::Expired => matches!(symptom, Symptom::TlsOrAuth),
        }
    }
}

static FINDERS: LazyLock<Vec<(Nuance, Finder<'static>)>> = LazyLock::new(|| {
    Nuance::ALL.iter().flat_map(|nuance| nuance.words().iter().map(|word| (*nuance, Finder::new(*word)))).collect()
});

/// The nuance of a line, where it has one.
#[must_use]
pub fn nuance(record: &Record<'_>, reading: &Reading<'_>) -> Option<Nuance> {
    if !reading.control_plane {
        return None;
    }
    let text = record.error.unwrap_or(record.message).as_bytes();
    FINDERS
        .iter()
        .find(|(nuance, finder)| nuance.can_be_of(reading.symptom) && finder.find(text).is_some())
        .map(|(nuance, _)| *nuance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read, record};

    fn of(error: &str) -> Option<Nuance> {
        let line =
            format!(r#"E1228 16:08:57.706942     228 controller.go:195] "Failed to update lease" err="{error}""#);
        let record = record(&line);
        nuance(&record, &read(&record))
    }

    #[test]
    fn a_name_server_out_of_reach_is_no_missing_name() {
        let cut = "Get \\\"https://cp:6443/x\\\": dial tcp: lookup cp on 10.0.0.1:53: dial udp 10.0.0.1:53: connect: network is unreachable";
        assert_eq!(of(cut), Some(Nuance::NoNetwork));
        assert_eq!(of("Get \\\"https://cp:6443/x\\\": dial tcp: lookup cp on 10.0.0.1:53: no such host"), None);
    }

    #[test]
    fn time_outs_before_and_after_the_connection_are_told_apart() {
        assert_eq!(of("Put \\\"https://cp:6443/x\\\": net/http: TLS handshake timeout"), Some(Nuance::Handshake));
        assert_eq!(
            of("Put \\\"https://cp:6443/x\\\": dial tcp 10.0.0.1:6443: i/o timeout"),
            Some(Nuance::NoConnection)
        );
        assert_eq!(of("Put \\\"https://cp:6443/x\\\": context deadline exceeded"), None);
    }
}
