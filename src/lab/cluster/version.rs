//! The Kubernetes versions whose kubelets the lab can simulate, and what differs between them.
//!
//! Facts only, each checked against a real journal of that version (`tests/fixtures/logs`) or the source at its tag.
//! The log messages are in `kubelet/messages.rs`; when each is logged is decided by the loop that logs it.

use std::{fmt, str::FromStr, time::Duration};

/// A Kubernetes version that the lab can simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum KubernetesVersion {
    /// 1.20: unstructured klog text, one line for each failure.
    V1_20,
    /// 1.30: structured klog, two lines for each failed list.
    V1_30,
    /// 1.33: structured klog, one line for each failed list.
    V1_33,
    /// 1.34: as 1.33, logged from other source lines.
    #[default]
    V1_34,
}

/// The text names no Kubernetes version that the lab can simulate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the lab does not support Kubernetes `{0}`: choose one of {supported}", supported = KubernetesVersion::list())]
pub struct UnknownKubernetesVersion(String);

/// The places in Kubernetes' source from which a kubelet logs. Numbers are lines of the files that
/// `kubelet/messages.rs` names; 0 if the version has no such message.
#[derive(Debug, Clone, Copy)]
pub(in crate::lab) struct SourceLines {
    pub(in crate::lab) node_status_failed: u32,
    pub(in crate::lab) node_status_given_up: u32,
    pub(in crate::lab) lease_update: u32,
    pub(in crate::lab) lease_fallback: u32,
    pub(in crate::lab) lease_ensure: u32,
    pub(in crate::lab) reflector_list: u32,
    pub(in crate::lab) reflector_watch: u32,
    pub(in crate::lab) watch_ended: u32,
    pub(in crate::lab) pod_status: u32,
    pub(in crate::lab) pod_sync: u32,
    pub(in crate::lab) event_failed: u32,
    pub(in crate::lab) event_given_up: u32,
    pub(in crate::lab) remove_container: u32,
    /// Reflector name of the informers that the shared factory creates.
    pub(in crate::lab) informer_factory: &'static str,
    /// Reflector name of the kubelet's pod source.
    pub(in crate::lab) pod_source: &'static str,
    /// Reflector name of the kubelet's node informer.
    pub(in crate::lab) node_informer: &'static str,
}

impl KubernetesVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_20, Self::V1_30, Self::V1_33, Self::V1_34];

    /// Returns the minor version.
    pub fn minor(self) -> u32 {
        match self {
            Self::V1_20 => 20,
            Self::V1_30 => 30,
            Self::V1_33 => 33,
            Self::V1_34 => 34,
        }
    }

    /// Returns the full version, as `kubectl version` and a node's status show it.
    pub fn git_version(self) -> &'static str {
        match self {
            Self::V1_20 => "v1.20.2",
            Self::V1_30 => "v1.30.4",
            Self::V1_33 => "v1.33.13",
            Self::V1_34 => "v1.34.3",
        }
    }

    fn list() -> String {
        Self::ALL.map(|version| version.to_string()).join(", ")
    }

    pub(in crate::lab) fn source_lines(self) -> SourceLines {
        let newest = SourceLines {
            node_status_failed: 597,
            node_status_given_up: 584,
            lease_update: 195,
            lease_fallback: 115,
            lease_ensure: 145,
            reflector_list: 0,
            reflector_watch: 205,
            watch_ended: 568,
            pod_status: 895,
            pod_sync: 1301,
            event_failed: 368,
            event_given_up: 307,
            remove_container: 117,
            informer_factory: "k8s.io/client-go/informers/factory.go:160",
            pod_source: "k8s.io/kubernetes/pkg/kubelet/config/apiserver.go:66",
            node_informer: "k8s.io/client-go/informers/factory.go:160",
        };
        match self {
            Self::V1_34 => newest,
            Self::V1_33 => SourceLines { reflector_watch: 200, watch_ended: 556, ..newest },
            Self::V1_30 => SourceLines {
                node_status_failed: 544,
                node_status_given_up: 531,
                reflector_list: 547,
                reflector_watch: 150,
                watch_ended: 470,
                pod_status: 853,
                pod_source: "pkg/kubelet/config/apiserver.go:66",
                ..newest
            },
            Self::V1_20 => SourceLines {
                node_status_failed: 447,
                node_status_given_up: 434,
                lease_update: 187,
                lease_fallback: 114,
                lease_ensure: 144,
                reflector_list: 0,
                reflector_watch: 138,
                watch_ended: 436,
                pod_status: 550,
                pod_sync: 191,
                event_failed: 273,
                event_given_up: 218,
                remove_container: 95,
                informer_factory: "k8s.io/client-go/informers/factory.go:134",
                pod_source: "k8s.io/kubernetes/pkg/kubelet/config/apiserver.go:46",
                node_informer: "k8s.io/kubernetes/pkg/kubelet/kubelet.go:438",
            },
        }
    }

    /// Whether the kubelet logs in klog's structured form, with keys and values (since 1.21).
    pub(in crate::lab) fn is_structured(self) -> bool {
        self.minor() >= 21
    }

    /// Whether a reflector whose watch is refused waits by the same backoff as after any other failure (client-go since
    /// 1.28). Older ones have a second backoff for that.
    pub(in crate::lab) fn shares_backoff(self) -> bool {
        self.minor() >= 28
    }

    /// Whether a failed list is logged by a line of its own, before that of the reflector (client-go 1.23 to 1.32).
    pub(in crate::lab) fn has_list_line(self) -> bool {
        (23..=32).contains(&self.minor())
    }

    /// Whether the token of a service account is a secret that the kubelet watches (up to 1.20). Later the token is
    /// projected, beside a configmap with the root certificate.
    pub(in crate::lab) fn watches_token_secrets(self) -> bool {
        self.minor() <= 20
    }

    /// Returns the jitter of the 10 s between two node statuses or lease renewals, as a part of it (`JitterUntil`,
    /// since 1.22).
    pub(in crate::lab) fn heartbeat_jitter(self) -> f64 {
        if self.minor() < 22 { 0.0 } else { 0.04 }
    }

    /// Whether an API server that is asked to stop lets its streams go on until it is killed (recorded in 1.30). Older
    /// ones end at once (recorded in 1.20).
    pub(in crate::lab) fn drains_streams(self) -> bool {
        self.minor() >= 27
    }

    /// Whether a kubelet closes all of its connections from the second failed heartbeat on (up to 1.20). Later HTTP/2
    /// pings take care of dead connections.
    pub(in crate::lab) fn closes_all_connections(self) -> bool {
        self.minor() <= 20
    }

    /// Returns how long a node's lease may go unrenewed before the node is marked Unknown (`nodeMonitorGracePeriod`: 40
    /// s, 50 s since 1.32, kubernetes#126287).
    pub(in crate::lab) fn grace_period(self) -> Duration {
        Duration::from_secs(if self.minor() < 32 { 40 } else { 50 })
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor())
    }
}

impl FromStr for KubernetesVersion {
    type Err = UnknownKubernetesVersion;

    /// Parses `1.34`, `v1.34` or a full version of that minor version.
    fn from_str(text: &str) -> Result<Self, UnknownKubernetesVersion> {
        let number = text.trim().trim_start_matches('v');
        let major_minor: String = number.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        Self::ALL
            .into_iter()
            .find(|version| version.to_string() == major_minor)
            .ok_or_else(|| UnknownKubernetesVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_chosen_by_its_minor_version() {
        assert_eq!("1.20".parse(), Ok(KubernetesVersion::V1_20));
        assert_eq!("v1.30.4".parse(), Ok(KubernetesVersion::V1_30));
        assert_eq!(KubernetesVersion::default(), KubernetesVersion::V1_34);
    }

    #[test]
    fn the_error_lists_the_supported_versions() {
        let error = "1.7".parse::<KubernetesVersion>().unwrap_err();
        let expected = "the lab does not support Kubernetes `1.7`: choose one of 1.20, 1.30, 1.33, 1.34";
        assert_eq!(error.to_string(), expected);
    }
}
