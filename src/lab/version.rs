//! The Kubernetes versions whose kubelets the lab can speak as, and in what they differ.
//!
//! Facts only, each checked against a real journal of that version (`tests/fixtures/logs`) or its source tag. Which words
//! are said is `kubelet::words`; when, is each loop's own file.

use std::{fmt, str::FromStr, time::Duration};

/// A version of Kubernetes that the lab can speak as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Version {
    /// 1.20: klog text, a line for each failure.
    V1_20,
    /// 1.30: structured, and two lines for each failed list.
    V1_30,
    /// 1.33: structured throughout.
    V1_33,
    /// 1.34: the same in other lines of the source.
    #[default]
    V1_34,
}

/// The text names no version that the lab can speak as.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the lab does not know Kubernetes `{0}`: it knows {known}", known = Version::known())]
pub struct UnknownVersion(String);

/// The lines of Kubernetes' source from which a kubelet speaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sites {
    pub(super) node_status_failed: u32,
    pub(super) node_status_given_up: u32,
    pub(super) lease_update: u32,
    pub(super) lease_fallback: u32,
    pub(super) lease_ensure: u32,
    pub(super) reflector_list: u32,
    pub(super) reflector_loop: u32,
    pub(super) watch_ended: u32,
    pub(super) pod_status: u32,
    pub(super) event_failed: u32,
    pub(super) event_given_up: u32,
    pub(super) remove_container: u32,
    /// Where the informers' factory stands, as reflectors name it.
    pub(super) factory: &'static str,
    /// Where the kubelet's source of pods stands.
    pub(super) pods: &'static str,
    /// Where its reflector of nodes stands.
    pub(super) node: &'static str,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_20, Self::V1_30, Self::V1_33, Self::V1_34];

    /// The minor version.
    pub fn minor(self) -> u32 {
        match self {
            Self::V1_20 => 20,
            Self::V1_30 => 30,
            Self::V1_33 => 33,
            Self::V1_34 => 34,
        }
    }

    /// As `kubectl version` and a node's status give it.
    pub fn git_version(self) -> &'static str {
        match self {
            Self::V1_20 => "v1.20.2",
            Self::V1_30 => "v1.30.4",
            Self::V1_33 => "v1.33.13",
            Self::V1_34 => "v1.34.3",
        }
    }

    fn known() -> String {
        Self::ALL.map(|version| version.to_string()).join(", ")
    }

    pub(super) fn sites(self) -> Sites {
        let newest = Sites {
            node_status_failed: 597,
            node_status_given_up: 584,
            lease_update: 195,
            lease_fallback: 115,
            lease_ensure: 145,
            reflector_list: 0,
            reflector_loop: 205,
            watch_ended: 568,
            pod_status: 895,
            event_failed: 368,
            event_given_up: 307,
            remove_container: 117,
            factory: "k8s.io/client-go/informers/factory.go:160",
            pods: "k8s.io/kubernetes/pkg/kubelet/config/apiserver.go:66",
            node: "k8s.io/client-go/informers/factory.go:160",
        };
        match self {
            Self::V1_34 => newest,
            Self::V1_33 => Sites { reflector_loop: 200, watch_ended: 556, ..newest },
            Self::V1_30 => Sites {
                node_status_failed: 544,
                node_status_given_up: 531,
                reflector_list: 547,
                reflector_loop: 150,
                watch_ended: 470,
                pod_status: 853,
                pods: "pkg/kubelet/config/apiserver.go:66",
                ..newest
            },
            Self::V1_20 => Sites {
                node_status_failed: 447,
                node_status_given_up: 434,
                lease_update: 187,
                lease_fallback: 114,
                lease_ensure: 144,
                reflector_list: 0,
                reflector_loop: 138,
                watch_ended: 436,
                pod_status: 550,
                event_failed: 273,
                event_given_up: 218,
                remove_container: 95,
                factory: "k8s.io/client-go/informers/factory.go:134",
                pods: "k8s.io/kubernetes/pkg/kubelet/config/apiserver.go:46",
                node: "k8s.io/kubernetes/pkg/kubelet/kubelet.go:438",
            },
        }
    }

    /// klog's structured form: key and value.
    pub(super) fn is_structured(self) -> bool {
        self.minor() >= 21
    }

    /// A reflector that may not connect waits by the same backoff as one that failed (client-go since 1.28).
    pub(super) fn shares_backoff(self) -> bool {
        self.minor() >= 28
    }

    /// A failed list is said in a line of its own (client-go 1.23 to 1.32).
    pub(super) fn has_list_line(self) -> bool {
        (23..=32).contains(&self.minor())
    }

    /// A service account's token is a secret that the kubelet watches (up to 1.20); later it is projected, beside a
    /// configmap with the root certificate.
    pub(super) fn watches_token_secrets(self) -> bool {
        self.minor() <= 20
    }

    /// How much longer than 10 s the rounds of node status and lease may be by chance (`JitterUntil` since 1.22).
    pub(super) fn heartbeat_jitter(self) -> f64 {
        if self.minor() < 22 { 0.0 } else { 0.04 }
    }

    /// A server that is told to stop lets its streams run on until it is killed (seen in 1.30); an old one is gone at
    /// once (seen in 1.20).
    pub(super) fn drains_streams(self) -> bool {
        self.minor() >= 27
    }

    /// From the second failed try on a kubelet closes all its connections (up to 1.20; later HTTP/2's own pings do).
    pub(super) fn closes_all_connections(self) -> bool {
        self.minor() <= 20
    }

    /// How long a node may be silent (kubernetes#126287: 50 s since 1.32).
    pub(super) fn grace_period(self) -> Duration {
        Duration::from_secs(if self.minor() < 32 { 40 } else { 50 })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor())
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let bare = text.trim().trim_start_matches('v');
        let minor: String = bare.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        Self::ALL
            .into_iter()
            .find(|version| version.to_string() == minor)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_by_its_minor() {
        assert_eq!("1.20".parse(), Ok(Version::V1_20));
        assert_eq!("v1.30.4".parse(), Ok(Version::V1_30));
        assert_eq!(Version::default(), Version::V1_34);
        let error = "1.7".parse::<Version>().unwrap_err();
        assert_eq!(error.to_string(), "the lab does not know Kubernetes `1.7`: it knows 1.20, 1.30, 1.33, 1.34");
    }
}
