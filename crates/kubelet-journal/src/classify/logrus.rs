//! Classification of logrus records: the supervisors of k3s and RKE2 around an embedded kubelet, and container
//! runtimes.
//!
//! A supervisor's failed call to its server counts as one of the control plane (activity `other`). A runtime's never
//! does, whatever its words: containerd and k3s write in the same form.

use crate::classify::activity::Activity;
use crate::classify::api;
use crate::classify::cause::{ErrorCause, cause};
use crate::classify::classification::Classification;
use crate::classify::symptom::Symptom;
use crate::klog::record::Record;

/// Words of a supervisor's calls to its server (`pkg/agent` of k3s, rancher/remotedialer); 9345 is RKE2's port for
/// nodes.
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

/// Classifies a logrus record.
pub(crate) fn classify<'a>(record: &Record<'a>) -> Classification<'a> {
    let message = record.message;
    let error = record.error.unwrap_or(message);
    let mut found = cause(error);
    let mut part = error;
    if found.symptom() == Symptom::None && record.error.is_some() && cause(message) != found {
        found = cause(message);
        part = message;
    }
    if let Some(status) = status(message) {
        let (activity, symptom) = (Activity::Other, Symptom::ServerError);
        return Classification { control_plane: status == b'5', activity, symptom, error: part, known_message: false };
    }
    let activity = activity(message);
    let symptom = found.symptom();
    let from_runtime =
        activity != Activity::Other || api::is_foreign(error) || message.contains("etcd ") || error.contains(":2379");
    let about_server = SERVER.iter().any(|word| message.contains(word) || error.contains(word))
        || api::names_api(error)
        || api::names_api(message);
    let control_plane = found != ErrorCause::Answered && symptom != Symptom::None && about_server && !from_runtime;
    Classification { control_plane, activity, symptom, error: part, known_message: false }
}

/// The words before the status in an error of rancher/remotedialer.
const RESPONSE_STATUS: &str = "Response status: ";

/// Returns the first digit of the status with which the server refused a tunnel; `None` if the message has none.
fn status(message: &str) -> Option<u8> {
    let at = message.find(RESPONSE_STATUS)?;
    message.as_bytes().get(at + RESPONSE_STATUS.len()).copied()
}

/// Finds the activity of a message by its words; [`Activity::Other`] if it is none of a container runtime.
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
