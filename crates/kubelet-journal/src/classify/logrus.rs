//! Lines of logrus: the supervisors of k3s and RKE2 around an embedded kubelet, and container runtimes in the same journal.
//!
//! A supervisor's failed call to its server counts as one of the control plane (activity `other`); a runtime's never does, whatever the
//! words: containerd and k3s write in the same form.

use crate::classify::activity::Activity;
use crate::classify::api;
use crate::classify::cause::{self, Cause};
use crate::classify::headed::Verdict;
use crate::classify::symptom::Symptom;
use crate::klog::text::Record;

/// Words of a supervisor's calls to its server.
const SERVER: [&str; 18] = [
    "to proxy",
    "roxy error",
    "emotedialer",
    "node object",
    "apiserver",
    "api server",
    "API server",
    "server is not ready",
    "CA certs",
    "/cacerts",
    "/v1-k3s/",
    "/v1-rke2/",
    "update lease",
    "tunnel",
    "wss://",
    ":6443",
    ":6444",
    ":9345",
];

/// Judges a line of logrus.
pub(crate) fn judge<'a>(record: &Record<'a>) -> Verdict<'a> {
    let message = record.message;
    let error = record.error.unwrap_or(message);
    let mut cause = cause::cause(error);
    let mut part = error;
    if cause.symptom() == Symptom::None && record.error.is_some() && cause::cause(message) != cause {
        cause = cause::cause(message);
        part = message;
    }
    if let Some(status) = status(message) {
        let (symptom, control_plane) = match status {
            b'5' => (Symptom::ServerError, true),
            _ => (Symptom::ServerError, false),
        };
        return Verdict { control_plane, activity: Activity::Other, symptom, error: part, phrase: None };
    }
    let activity = activity(message);
    let symptom = cause.symptom();
    let from_runtime =
        activity != Activity::Other || api::is_foreign(error) || message.contains("etcd ") || error.contains(":2379");
    let about_server = SERVER.iter().any(|word| message.contains(word) || error.contains(word))
        || api::names_api(error)
        || api::names_api(message);
    let control_plane = cause != Cause::Answered && symptom != Symptom::None && about_server && !from_runtime;
    Verdict { control_plane, activity, symptom, error: part, phrase: None }
}

/// The first digit of the status with which the server refused a tunnel.
fn status(message: &str) -> Option<u8> {
    let at = message.find("Response status: ")?;
    message.as_bytes().get(at + 17).copied()
}

fn activity(message: &str) -> Activity {
    let has = |word: &str| message.contains(word);
    if has("pulling image")
        || has("PullImage")
        || has("pull image")
        || has("pull and unpack")
        || has("resolve reference")
        || has("/images/create")
    {
        return Activity::Image;
    }
    if has("andbox")
        || has("ExecSync")
        || has("StartContainer")
        || has("CreateContainer")
        || has("StopContainer")
        || has("RemoveContainer")
        || has("cni plugin")
        || has("adding network")
        || has("CNI")
    {
        return Activity::Runtime;
    }
    Activity::Other
}
