//! What a message says, by the way it begins: the dozen sentences with which a kubelet reports a failed call to its API server.
//!
//! The sentences are those of the sources, 1.5 to 1.36, with all that varies cut off. A sentence decides *what was done*; *why it failed* is
//! read elsewhere, from the error alone.

use crate::classify::activity::Activity;
use crate::classify::component::Desk;
use crate::scan::needle;

/// What a sentence reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One failed call.
    Failure,
    /// The sum of failed calls, without a cause of its own.
    Summary,
    /// Something else.
    Note,
}

/// A sentence and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub(crate) activity: Activity,
    pub(crate) kind: Kind,
}

const fn failure(activity: Activity) -> Option<Phrase> {
    Some(Phrase { activity, kind: Kind::Failure })
}

const fn summary(activity: Activity) -> Option<Phrase> {
    Some(Phrase { activity, kind: Kind::Summary })
}

const fn note(activity: Activity) -> Option<Phrase> {
    Some(Phrase { activity, kind: Kind::Note })
}

/// What a message of a known desk says.
pub(crate) fn of_desk(desk: Desk, message: &str) -> Option<Phrase> {
    match desk {
        Desk::Reflector => watch(message),
        Desk::Lease => lease(message),
        Desk::NodeStatus => node_status(message),
        Desk::Event => event(message),
        Desk::PodStatus => pod_status(message),
        Desk::Kubelet => kubelet(message),
        Desk::Certificate => certificate(message),
        Desk::Token => token(message),
        Desk::Csi => csi(message),
        Desk::Volume => volume(message),
        Desk::Pods => None,
        Desk::Image => None,
        Desk::Runtime => runtime(message),
        Desk::Probe | Desk::Server | Desk::Foreign => None,
        Desk::Request => request(message),
        Desk::Elsewhere => elsewhere(message),
    }
}

/// What a message without a call site says, if it begins like one of ours.
pub(crate) fn of_bare(message: &str) -> Option<Phrase> {
    let message = message.trim_start_matches([' ', '"', '#']);
    of_moved(message).or_else(|| watch(message).filter(|phrase| phrase.kind == Kind::Failure))
}

/// What a message of an unknown file says, if it begins like one of ours.
pub(crate) fn of_moved(message: &str) -> Option<Phrase> {
    let known = lease(message)
        .or_else(|| node_status(message))
        .or_else(|| event(message))
        .or_else(|| pod_status(message))
        .or_else(|| kubelet(message))
        .or_else(|| certificate(message))
        .or_else(|| csi(message))
        .or_else(|| token(message));
    known.filter(|phrase| phrase.kind != Kind::Note)
}

fn begins(message: &str, any: &[&str]) -> bool {
    any.iter().any(|start| message.starts_with(start))
}

fn lease(message: &str) -> Option<Phrase> {
    if begins(message, &["failed to update lease using latest lease", "failed to update node lease using latest lease"])
    {
        return summary(Activity::Lease);
    }
    if message.starts_with("Failed to update lease optimistically") {
        return None;
    }
    if begins(
        message,
        &[
            "Failed to ensure lease exists",
            "failed to ensure lease exists",
            "failed to ensure node lease exists",
            "Failed to update lease",
            "failed to update lease",
            "failed to update node lease",
            "Failed to get lease",
            "failed to get lease",
            "Failed to create lease",
            "Unable to update lease",
            "unable to update lease",
            "Failed to get node when trying to set owner ref",
        ],
    ) || (message.starts_with("failed to get node") && message.contains("lease"))
    {
        return failure(Activity::Lease);
    }
    None
}

fn node_status(message: &str) -> Option<Phrase> {
    if message.starts_with("Unable to update node status") {
        return summary(Activity::NodeStatus);
    }
    if begins(message, &["Error updating node status", "Failed to update node status", "failed to patch status"]) {
        return failure(Activity::NodeStatus);
    }
    if begins(
        message,
        &[
            "Unable to register ",
            "Unable to reconcile node",
            "Unable to create node",
            "Error getting existing node",
            "Unable to fetch node",
            "Unable to delete node",
        ],
    ) {
        return failure(Activity::Registration);
    }
    if begins(
        message,
        &[
            "Attempting to register",
            "Successfully registered",
            "Node was previously registered",
            "Node was registered",
            "Node ",
            "Previously node",
            "Already registered",
            "Initial node",
            "Zero out resource",
            "Controller attach-detach setting changed",
            "Controller attach/detach",
            "Setting node annotation",
            "Adding node label",
            "Adding label",
            "Updating default",
            "Adding provider",
            "Adding default",
            "Spec.",
        ],
    ) && !message.starts_with("Node became")
    {
        return note(Activity::Registration);
    }
    None
}

fn event(message: &str) -> Option<Phrase> {
    if begins(
        message,
        &["Unable to write event", "Server rejected event", "Unable to construct event '", "Unable to write event '"],
    ) {
        return failure(Activity::Event);
    }
    // a component that logs the events it saw
    if begins(message, &["Event occurred", "Event("]) {
        return note(Activity::Other);
    }
    None
}

fn pod_status(message: &str) -> Option<Phrase> {
    begins(
        message,
        &[
            "Failed to get status for pod",
            "Failed to update status for pod",
            "Failed to delete status for pod",
            "Failed to patch status for pod",
            "Failed to update pod status",
            "Failed to delete pod",
            "Error deleting pod",
            "Failed creating a mirror pod",
            "Failed deleting a mirror pod",
            "Failed to create a mirror pod",
            "Failed to delete a mirror pod",
            "Failed to create mirror pod",
            "Failed to delete mirror pod",
            "Failed recreating a mirror pod",
            "Could not create mirror pod",
        ],
    )
    .then_some(Phrase { activity: Activity::PodStatus, kind: Kind::Failure })
}

fn kubelet(message: &str) -> Option<Phrase> {
    if let Some(phrase) = pod_status(message) {
        return Some(phrase);
    }
    if let Some(phrase) = node_status(message).filter(|phrase| phrase.kind != Kind::Note) {
        return Some(phrase);
    }
    if message.starts_with("SyncLoop (probe)") {
        return note(Activity::Probe);
    }
    if begins(
        message,
        &[
            "SyncLoop (PLEG)",
            "Container runtime",
            "Skipping pod synchronization",
            "skipping pod synchronization",
            "Container garbage collection",
            "Failed to ensure that the pod",
            "Runtime ",
            "runtime network not ready",
            "Network plugin",
            "Failed to create sandbox",
            "Failed to kill pod",
            "Killing unwanted pod",
            "Error killing pod",
        ],
    ) {
        return note(Activity::Runtime);
    }
    if begins(message, &["Image garbage collection", "Unable to retrieve pull secret"]) {
        return note(Activity::Image);
    }
    if begins(
        message,
        &[
            "Unable to attach or mount volumes",
            "Unable to mount volumes",
            "Failed to get volumes",
            "Error getting volume",
        ],
    ) {
        return note(Activity::Volume);
    }
    None
}

fn certificate(message: &str) -> Option<Phrase> {
    // `kubernetes.io/kubelet-serving: ` names the signer
    let message = match message.split_once(": ") {
        Some((name, rest)) if !name.contains(' ') && name.contains('/') => rest,
        _ => message,
    };
    if begins(
        message,
        &[
            "Failed while requesting a signed certificate",
            "failed while requesting a signed certificate",
            "Unable to rotate certificate",
            "cannot create certificate signing request",
            "failed to run Kubelet: cannot create certificate",
            "error: failed to run Kubelet: cannot create certificate",
            "Failed to connect to apiserver",
            "It has been ",
            "No valid client certificate is found but the server is not responsive",
        ],
    ) {
        return failure(Activity::Certificate);
    }
    if message.starts_with("Reached backoff limit, still unable to rotate certs") {
        return summary(Activity::Certificate);
    }
    None
}

fn token(message: &str) -> Option<Phrase> {
    begins(
        message,
        &[
            "Couldn't update token",
            "couldn't update token",
            "Failed to refresh token",
            "failed to fetch token",
            "Failed to fetch token",
        ],
    )
    .then_some(Phrase { activity: Activity::Token, kind: Kind::Failure })
}

fn csi(message: &str) -> Option<Phrase> {
    let message = message.strip_prefix("kubernetes.io/csi: ").unwrap_or(message);
    begins(
        message,
        &[
            "Failed to contact API server",
            "Failed to initialize CSINode",
            "error updating CSINode",
            "Failed to update CSINode",
        ],
    )
    .then_some(Phrase { activity: Activity::Csi, kind: Kind::Failure })
}

fn volume(message: &str) -> Option<Phrase> {
    // what was attached is asked of the node's object
    message
        .starts_with("Failed to get Node status to reconstruct")
        .then_some(Phrase { activity: Activity::Volume, kind: Kind::Failure })
}

fn request(message: &str) -> Option<Phrase> {
    begins(message, &["Unexpected error when reading response body", "unexpected error when reading response body"])
        .then_some(Phrase { activity: Activity::Other, kind: Kind::Failure })
}

fn runtime(message: &str) -> Option<Phrase> {
    if begins(message, &["PullImage ", "Pulling image", "ImageStatus ", "ListImages ", "RemoveImage ", "ImageFsInfo "])
    {
        return note(Activity::Image);
    }
    // the log of Go's own HTTP server goes through a file of the same name as the runtime's
    None
}

fn watch(message: &str) -> Option<Phrase> {
    // the reflector's name stands before the sentence; sentences are looked for, not their places
    if begins(message, &["Failed to watch", "Warning: watch ended with error", "watch-list failed", "Failed to list"]) {
        return failure(Activity::Watch);
    }
    let bytes = message.as_bytes();
    // reflectors' names and sentences are short; what follows is the error
    let start = &bytes[..bytes.len().min(400)];
    if needle!("ailed to list ").find(start).is_some()
        || needle!("ailed to watch ").find(start).is_some()
        || needle!(" ended with: ").find(start).is_some()
        || needle!("watchlist request ended with an error").find(start).is_some()
    {
        return failure(Activity::Watch);
    }
    note(Activity::Watch)
}

fn elsewhere(message: &str) -> Option<Phrase> {
    // from 1.31 on the typed clients speak of their lists
    if begins(
        message,
        &[
            // up to 1.18 the decoder of a watch's stream spoke for itself
            "Unable to decode an event from the watch stream",
            "Unexpected EOF during watch stream event decoding",
        ],
    ) || (message.starts_with("The watchlist request ") && message.contains(" ended with an error"))
    {
        return failure(Activity::Watch);
    }
    // the kubelet asks the API server about those who call it
    let asks =
        begins(message, &["Failed to make webhook authenticator request", "Failed to make webhook authorizer request"]);
    if asks && (!message.contains("://") || crate::classify::api::names_api(message)) {
        return failure(Activity::Other);
    }
    None
}
