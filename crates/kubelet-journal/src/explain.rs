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
    let resource = reading.resource.as_deref().map(plain_type);
    let did = match reading.activity {
        Activity::NodeStatus => "The kubelet tried to tell the API server how this node is".to_owned(),
        Activity::Lease => "The kubelet tried to renew its heartbeat (the node's lease)".to_owned(),
        Activity::Watch => match &resource {
            Some(kind) => format!("The kubelet tried to follow the changes of {kind} (a watch)"),
            None => "The kubelet tried to follow the changes of its objects (a watch)".to_owned(),
        },
        Activity::Event => "The kubelet tried to post an event, a note about what happened here".to_owned(),
        Activity::PodStatus => "The kubelet tried to compare a pod's state with what the API server has".to_owned(),
        Activity::Registration => "The kubelet tried to make this node known to the API server".to_owned(),
        Activity::Certificate => "The kubelet tried to get a new certificate, its proof of who it is".to_owned(),
        Activity::Token => "The kubelet tried to get a token, with which a pod proves who it is".to_owned(),
        Activity::Volume => "The kubelet asked the API server about a pod's volume (its storage)".to_owned(),
        Activity::Csi => "The kubelet tried to tell the API server which storage drivers this node has".to_owned(),
        Activity::Probe | Activity::Image | Activity::Runtime | Activity::Other => {
            "A part of this node called the API server".to_owned()
        }
    };
    let failed = match reading.symptom {
        Symptom::ConnectionRefused => {
            "but the connection was refused: the host is there, and nothing listens on the port"
        }
        Symptom::DnsFailure => "but the name of the API server leads to no address (DNS)",
        Symptom::Unreachable => "but the network knows no way to it",
        Symptom::Timeout => "but got no answer in time",
        Symptom::ConnectionLost => "but the open connection broke",
        Symptom::TlsOrAuth => "but was not let in: a certificate or a permission was not accepted",
        Symptom::ServerError => "but the server answered that it cannot serve the call now",
        Symptom::RateLimited => "but the server asked it to slow down",
        Symptom::None if is_summary(reading) => "several times without success, and this line sums the tries up",
        Symptom::None => "but the call failed; the line does not say why",
    };
    Explanation { meaning: format!("{did}, {failed}."), next: next(reading) }
}

/// Whether the line sums several failed calls up.
fn is_summary(reading: &Reading<'_>) -> bool {
    matches!(reading.activity, Activity::NodeStatus | Activity::Lease) && reading.target.is_none()
}

/// Describes the next action of the kubelet.
fn next(reading: &Reading<'_>) -> String {
    if let Some(wait) = reading.retry_in {
        let more = if reading.activity == Activity::Lease {
            "; after 40 s without a heartbeat a control plane that runs would take the node for lost, but one that is \
             gone cannot"
        } else {
            ""
        };
        return format!("It tries again in {}{more}.", duration(wait));
    }
    by_schedule(reading.activity)
}

/// Describes the next action after a failed call that announces no wait.
fn by_schedule(activity: Activity) -> String {
    let sentence = match activity {
        Activity::NodeStatus => {
            "It tries five times at once and then again every 10 s; pods that run here go on running."
        }
        Activity::Lease => "It tries again at once, up to five times, and then ever more slowly, up to every 7 s.",
        Activity::Watch => {
            "It tries again after 1 to 2 s and then ever more slowly, up to every 30 to 60 s; until then it works with \
             what it knew last."
        }
        Activity::Event => {
            "It tries every 10 s, twelve times, and then drops the event; nothing that runs depends on it."
        }
        Activity::PodStatus => "It tries again within 10 s; the pod itself goes on running.",
        Activity::Registration => {
            "It tries again, each time after twice the wait, up to every 7 s; until then no pod can be given to this \
             node."
        }
        Activity::Certificate => {
            "It tries again in a few seconds; the certificate it has stays good until its own end."
        }
        Activity::Token => {
            "It tries again, each time after twice the wait; the pod waits for its token, and pods that have one go on \
             using it."
        }
        Activity::Volume | Activity::Csi | Activity::Probe | Activity::Image | Activity::Runtime | Activity::Other => {
            return match RetrySchedule::of(activity, None) {
                Some(schedule) => format!("It tries again in {} or later.", duration(schedule.first)),
                None => "It tries again when it needs the answer the next time.".to_owned(),
            };
        }
    };
    sentence.to_owned()
}

/// Explains a line that is not about the control plane.
fn not_control_plane(reading: &Reading<'_>) -> Explanation {
    let (meaning, next) = match reading.activity {
        Activity::Probe => (
            "The kubelet asked a container whether it is well (a probe); this is between the kubelet and the pod on \
             this node.",
            "It asks again at the probe's own interval, with or without a control plane.",
        ),
        Activity::Image => (
            "The node tried to get a container image; that goes to an image registry, not to the API server.",
            "The pull is tried again, with waits that grow up to five minutes.",
        ),
        Activity::Runtime => (
            "The kubelet worked with the container runtime or the pod network of this node; the API server has no \
             part in it.",
            "The kubelet looks again at its next round; containers that run are not touched.",
        ),
        Activity::Volume | Activity::Csi => (
            "The kubelet worked on a volume (a pod's storage) on this node; the line reports no failed call to the \
             API server.",
            "A mount that failed is tried again, each time after twice the wait.",
        ),
        Activity::Other => (
            "The line is not about a call of the kubelet to the API server.",
            "Nothing follows from it for the control plane.",
        ),
        _ => (
            "The line speaks of the kubelet's work with the API server, but reports no call that failed for want of \
             one.",
            "Nothing has to be tried again because of it.",
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
    fn the_explanation_of_a_refused_lease_says_when_the_next_try_is() {
        let line = concat!(
            r#"E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" "#,
            r#"err="Get \"https://cp:6443/x\": dial tcp 172.18.0.2:6443: connect: connection refused" "#,
            r#"interval="6.4s""#,
        );
        let (meaning, next) = explained(line);
        assert_eq!(
            meaning,
            concat!(
                "The kubelet tried to renew its heartbeat (the node's lease), but the connection was refused: the ",
                "host is there, and nothing listens on the port.",
            )
        );
        assert!(next.starts_with("It tries again in 6.4 s; after 40 s"), "{next}");
    }

    #[test]
    fn a_probe_is_distinguished_from_the_control_plane() {
        let line = concat!(
            r#"I0507 11:59:43.301980   6264 prober.go:107] "Probe failed" probeType="Readiness" output="dial tcp "#,
            r#"10.0.0.1:6443: connect: connection refused""#,
        );
        assert!(explained(line).0.contains("between the kubelet and the pod"));
    }

    #[test]
    fn a_watch_names_its_objects_without_their_package() {
        let line = concat!(
            "W1228 16:09:10.046740     228 reflector.go:547] pkg/kubelet/config/apiserver.go:66: failed to list ",
            "*v1.Pod: Get \"https://cp:6443/api/v1/pods\": dial tcp: lookup cp on 10.64.85.140:53: no such host",
        );
        assert!(explained(line).0.contains("changes of Pod objects"));
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
            (Activity::Lease, format!("up to every {} s", seconds(Activity::Lease))),
            (Activity::Watch, format!("up to every {} to {} s", watch.start.as_secs(), watch.end.as_secs())),
            (Activity::Event, format!("every {} s, twelve times", seconds(Activity::Event))),
            (Activity::PodStatus, format!("within {} s", seconds(Activity::PodStatus))),
            (Activity::Registration, format!("up to every {} s", seconds(Activity::Registration))),
        ] {
            assert!(by_schedule(activity).contains(&numbers), "{activity}: {numbers}");
        }
        assert_eq!((schedule(Activity::NodeStatus).burst, schedule(Activity::Event).tries), (5, Some(12)));
    }
}
