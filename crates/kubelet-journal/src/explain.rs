//! An explanation of a line in plain words, for those who read a kubelet's journal for the first time.
//!
//! Two sentences: what the line means, and what happens next. Only names of the line are repeated, and those are made
//! safe to show. A wait is the line's own if it has one, else that of [`RetrySchedule`].

use std::time::Duration;

use crate::classify::activity::Activity;
use crate::classify::reading::Reading;
use crate::classify::symptom::Symptom;
use crate::line::printable::printable;
use crate::retry::schedule::RetrySchedule;

/// An explanation of a line in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The meaning of the line, in one sentence.
    pub meaning: String,
    /// The next action of the kubelet, in one sentence.
    pub next: String,
}

/// Explains a reading in plain words.
#[must_use]
pub fn explain(reading: &Reading<'_>) -> Explanation {
    if !reading.control_plane {
        return not_control_plane(reading);
    }
    let attempt = match reading.activity {
        Activity::NodeStatus => "The kubelet tried to report the node's status to the API server".to_owned(),
        Activity::Lease => "The kubelet tried to renew its heartbeat (the node lease)".to_owned(),
        Activity::Watch => match reading.resource.as_deref() {
            Some(resource) => format!("The kubelet tried to watch {}", plain_type(resource)),
            None => "The kubelet tried to watch its objects".to_owned(),
        },
        Activity::Event => "The kubelet tried to post an event to the API server".to_owned(),
        Activity::PodStatus => "The kubelet tried to synchronize a pod's status with the API server".to_owned(),
        Activity::Registration => "The kubelet tried to register the node with the API server".to_owned(),
        Activity::Certificate => "The kubelet tried to renew its certificate".to_owned(),
        Activity::Token => "The kubelet tried to request a service account token for a pod".to_owned(),
        Activity::Volume => "The kubelet asked the API server about a pod's volume".to_owned(),
        Activity::Csi => "The kubelet tried to publish the node's storage drivers (CSI)".to_owned(),
        Activity::Probe | Activity::Image | Activity::Runtime | Activity::Other => {
            "A component of this node called the API server".to_owned()
        }
    };
    let failure = match reading.symptom {
        Symptom::ConnectionRefused => "but the connection was refused: the host is up, and nothing listens on the port",
        Symptom::DnsFailure => "but the name of the API server does not resolve",
        Symptom::Unreachable => "but there is no route to the host",
        Symptom::Timeout => "but the call timed out",
        Symptom::ConnectionLost => "but the connection was lost",
        Symptom::TlsOrAuth => "but a certificate, a token or a permission was not accepted",
        Symptom::ServerError => "but the server answered with an error (5xx)",
        Symptom::RateLimited => "but the server asked it to slow down (429)",
        Symptom::None if is_summary(reading) => "but several attempts failed; this line sums them up",
        Symptom::None => "but the call failed; the line does not give the reason",
    };
    Explanation { meaning: format!("{attempt}, {failure}."), next: next(reading) }
}

/// Whether the line sums several failed calls up.
fn is_summary(reading: &Reading<'_>) -> bool {
    matches!(reading.activity, Activity::NodeStatus | Activity::Lease) && reading.endpoint.is_none()
}

/// Describes the next action of the kubelet.
fn next(reading: &Reading<'_>) -> String {
    if let Some(wait) = reading.retry_in {
        let more = if reading.activity == Activity::Lease {
            "; a running control plane marks a node NotReady after 40 s without a heartbeat, but one that is down \
             cannot"
        } else {
            ""
        };
        return format!("It retries in {}{more}.", duration(wait));
    }
    by_schedule(reading.activity)
}

/// Describes the next action after a failed call that announces no wait.
fn by_schedule(activity: Activity) -> String {
    let sentence = match activity {
        Activity::NodeStatus => {
            "It retries five times at once and then again every 10 s; running pods are not affected."
        }
        Activity::Lease => "It retries at once, up to five times, and then with a backoff of up to 7 s.",
        Activity::Watch => {
            "It retries after 1 to 2 s and then with a backoff of up to 30 to 60 s; until then it works with the \
             objects that it has cached."
        }
        Activity::Event => "It retries every 10 s, twelve times, and then drops the event; nothing depends on it.",
        Activity::PodStatus => "It retries within 10 s; the pod itself keeps running.",
        Activity::Registration => {
            "It retries with a backoff of up to 7 s; until then no pod can be scheduled to this node."
        }
        Activity::Certificate => "It retries in a few seconds; its current certificate is valid until it expires.",
        Activity::Token => {
            "It retries with a backoff that doubles; the pod waits for its token, and pods that have one keep using it."
        }
        Activity::Volume | Activity::Csi | Activity::Probe | Activity::Image | Activity::Runtime | Activity::Other => {
            return match RetrySchedule::of(activity, None) {
                Some(schedule) => format!("It retries in {} or later.", duration(schedule.first)),
                None => "It retries when it next needs the answer.".to_owned(),
            };
        }
    };
    sentence.to_owned()
}

/// Explains a line that is not about the control plane.
fn not_control_plane(reading: &Reading<'_>) -> Explanation {
    let (meaning, next) = match reading.activity {
        Activity::Probe => (
            "The kubelet probed a container: a probe goes to a pod on this node, not to the API server.",
            "It probes again at the probe's own interval, with or without a control plane.",
        ),
        Activity::Image => (
            "The node tried to pull a container image, which comes from an image registry, not from the API server.",
            "It retries the pull with a backoff of up to five minutes.",
        ),
        Activity::Runtime => (
            "The kubelet called the container runtime or the pod network of this node; the API server is not involved.",
            "It checks again in its next sync; running containers are not affected.",
        ),
        Activity::Volume | Activity::Csi => (
            "The kubelet worked on a pod's volume on this node; the line reports no failed call to the API server.",
            "It retries a failed mount with a backoff that doubles.",
        ),
        Activity::Other => (
            "The line is not about a call of the kubelet to the API server.",
            "It has no consequence for the control plane.",
        ),
        _ => (
            "The line is about the kubelet's work with the API server, but reports no failed call.",
            "There is nothing to retry.",
        ),
    };
    Explanation { meaning: meaning.to_owned(), next: next.to_owned() }
}

/// Turns `*v1.Pod` into `Pod objects`.
fn plain_type(kind: &str) -> String {
    let name = kind.rsplit('.').next().unwrap_or(kind).trim_start_matches('*');
    format!("{} objects", printable(name))
}

/// Formats a wait in milliseconds, or in seconds with at most one decimal.
fn duration(wait: Duration) -> String {
    if wait < Duration::from_secs(1) {
        format!("{} ms", wait.as_millis())
    } else {
        format!("{} s", (wait.as_secs_f64() * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{by_schedule, explain};
    use crate::{Activity, RetrySchedule};
    use crate::{entry, read, record};

    fn explained(line: &str) -> (String, String) {
        let entry = entry(line.as_bytes());
        let explanation = explain(&read(&record(&entry.message)));
        (explanation.meaning, explanation.next)
    }

    #[test]
    fn the_explanation_of_a_refused_lease_has_the_wait_of_its_line() {
        let line = concat!(
            r#"E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" "#,
            r#"err="Get \"https://cp:6443/x\": dial tcp 172.18.0.2:6443: connect: connection refused" "#,
            r#"interval="6.4s""#,
        );
        let (meaning, next) = explained(line);
        assert_eq!(
            meaning,
            concat!(
                "The kubelet tried to renew its heartbeat (the node lease), but the connection was refused: the host ",
                "is up, and nothing listens on the port.",
            )
        );
        assert!(next.starts_with("It retries in 6.4 s; a running control plane"), "{next}");
    }

    #[test]
    fn a_probe_is_distinguished_from_the_control_plane() {
        let line = concat!(
            r#"I0507 11:59:43.301980   6264 prober.go:107] "Probe failed" probeType="Readiness" output="dial tcp "#,
            r#"10.0.0.1:6443: connect: connection refused""#,
        );
        assert!(explained(line).0.contains("not to the API server"));
    }

    #[test]
    fn a_watch_names_its_objects_without_their_package() {
        let line = concat!(
            "W1228 16:09:10.046740     228 reflector.go:547] pkg/kubelet/config/apiserver.go:66: failed to list ",
            "*v1.Pod: Get \"https://cp:6443/api/v1/pods\": dial tcp: lookup cp on 10.64.85.140:53: no such host",
        );
        assert!(explained(line).0.contains("watch Pod objects"));
    }

    #[test]
    fn the_numbers_of_an_explanation_are_those_of_the_schedule() {
        let schedule = |activity| RetrySchedule::of(activity, None).unwrap();
        let seconds = |activity| schedule(activity).longest.as_secs();
        let watch = schedule(Activity::Watch).gap(u32::MAX);
        for (activity, numbers) in [
            (
                Activity::NodeStatus,
                format!("five times at once and then again every {} s", seconds(Activity::NodeStatus)),
            ),
            (Activity::Lease, format!("up to {} s", seconds(Activity::Lease))),
            (Activity::Watch, format!("up to {} to {} s", watch.start.as_secs(), watch.end.as_secs())),
            (Activity::Event, format!("every {} s, twelve times", seconds(Activity::Event))),
            (Activity::PodStatus, format!("within {} s", seconds(Activity::PodStatus))),
            (Activity::Registration, format!("up to {} s", seconds(Activity::Registration))),
        ] {
            assert!(by_schedule(activity).contains(&numbers), "{activity}: {numbers}");
        }
        assert_eq!((schedule(Activity::NodeStatus).burst, schedule(Activity::Event).tries), (5, Some(12)));
    }
}
