//! The messages with which a kubelet reports failed calls to its API server, by their beginnings.
//!
//! They are the constant parts of the log calls in Kubernetes 1.5 to 1.36, each in the file that `component.rs` assigns
//! to its component. A message decides what was being done; how it failed is found in the error alone (`cause.rs`).

use crate::classify::activity::Activity;
use crate::classify::component::Component;
use crate::scan::needle;

/// Bytes from the start of a reflector's message within which its words are looked for.
const WATCH_WITHIN: usize = 400;

/// The kind of event that a known message reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    /// One failed call, with its error.
    Failure,
    /// Several failed calls, without an error of its own.
    Summary,
    /// Something else than a failed call.
    Note,
}

/// A known message: its subject, and what it reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownMessage {
    pub(crate) activity: Activity,
    pub(crate) kind: MessageKind,
}

const fn failure(activity: Activity) -> Option<KnownMessage> {
    Some(KnownMessage { activity, kind: MessageKind::Failure })
}

const fn summary(activity: Activity) -> Option<KnownMessage> {
    Some(KnownMessage { activity, kind: MessageKind::Summary })
}

const fn note(activity: Activity) -> Option<KnownMessage> {
    Some(KnownMessage { activity, kind: MessageKind::Note })
}

/// Finds a message among those of a component.
pub(crate) fn of_component(component: Component, message: &str) -> Option<KnownMessage> {
    match component {
        Component::Reflector => watch(message),
        Component::Lease => lease(message),
        Component::NodeStatus => node_status(message),
        Component::Event => event(message),
        Component::PodStatus => pod_status(message),
        Component::Kubelet => kubelet(message),
        Component::Certificate => certificate(message),
        Component::Token => token(message),
        Component::Csi => csi(message),
        Component::Volume => volume(message),
        Component::PodWorkers => None,
        Component::Image => None,
        Component::Runtime => runtime(message),
        Component::Probe | Component::Server | Component::OtherProgram => None,
        Component::Request => request(message),
        Component::Unknown => unknown_file(message),
    }
}

/// Finds a message without a call site among those of all components; `None` for those that report no failed call.
pub(crate) fn of_headerless(message: &str) -> Option<KnownMessage> {
    let message = message.trim_start_matches([' ', '"', '#']);
    of_unknown_file(message).or_else(|| watch(message).filter(|known| known.kind == MessageKind::Failure))
}

/// Finds a message of an unknown file among those of all components; `None` for those that report no failed call.
pub(crate) fn of_unknown_file(message: &str) -> Option<KnownMessage> {
    let known = lease(message)
        .or_else(|| node_status(message))
        .or_else(|| event(message))
        .or_else(|| pod_status(message))
        .or_else(|| kubelet(message))
        .or_else(|| certificate(message))
        .or_else(|| csi(message))
        .or_else(|| token(message));
    known.filter(|known| known.kind != MessageKind::Note)
}

fn begins(message: &str, any: &[&str]) -> bool {
    any.iter().any(|start| message.starts_with(start))
}

fn lease(message: &str) -> Option<KnownMessage> {
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

fn node_status(message: &str) -> Option<KnownMessage> {
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

fn event(message: &str) -> Option<KnownMessage> {
    if begins(
        message,
        &["Unable to write event", "Server rejected event", "Unable to construct event '", "Unable to write event '"],
    ) {
        return failure(Activity::Event);
    }
    // components that log the events that they saw
    if begins(message, &["Event occurred", "Event("]) {
        return note(Activity::Other);
    }
    None
}

fn pod_status(message: &str) -> Option<KnownMessage> {
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
    .then_some(KnownMessage { activity: Activity::PodStatus, kind: MessageKind::Failure })
}

fn kubelet(message: &str) -> Option<KnownMessage> {
    if let Some(known) = pod_status(message) {
        return Some(known);
    }
    if let Some(known) = node_status(message).filter(|known| known.kind != MessageKind::Note) {
        return Some(known);
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

fn certificate(message: &str) -> Option<KnownMessage> {
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

fn token(message: &str) -> Option<KnownMessage> {
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
    .then_some(KnownMessage { activity: Activity::Token, kind: MessageKind::Failure })
}

fn csi(message: &str) -> Option<KnownMessage> {
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
    .then_some(KnownMessage { activity: Activity::Csi, kind: MessageKind::Failure })
}

fn volume(message: &str) -> Option<KnownMessage> {
    // the node object has the list of attached volumes
    message
        .starts_with("Failed to get Node status to reconstruct")
        .then_some(KnownMessage { activity: Activity::Volume, kind: MessageKind::Failure })
}

fn request(message: &str) -> Option<KnownMessage> {
    begins(message, &["Unexpected error when reading response body", "unexpected error when reading response body"])
        .then_some(KnownMessage { activity: Activity::Other, kind: MessageKind::Failure })
}

fn runtime(message: &str) -> Option<KnownMessage> {
    if begins(message, &["PullImage ", "Pulling image", "ImageStatus ", "ListImages ", "RemoveImage ", "ImageFsInfo "])
    {
        return note(Activity::Image);
    }
    // Go's HTTP server logs through a file of the same name as the runtime's
    None
}

fn watch(message: &str) -> Option<KnownMessage> {
    // the reflector's name stands before the message, so the message is searched for
    if begins(message, &["Failed to watch", "Warning: watch ended with error", "watch-list failed", "Failed to list"]) {
        return failure(Activity::Watch);
    }
    let bytes = message.as_bytes();
    // reflectors' names and messages are short; the rest is the error
    let start = &bytes[..bytes.len().min(WATCH_WITHIN)];
    if needle!("ailed to list ").find(start).is_some()
        || needle!("ailed to watch ").find(start).is_some()
        || needle!(" ended with: ").find(start).is_some()
        || needle!("watchlist request ended with an error").find(start).is_some()
    {
        return failure(Activity::Watch);
    }
    note(Activity::Watch)
}

fn unknown_file(message: &str) -> Option<KnownMessage> {
    // since 1.31 the typed clients log failures of their own lists
    if begins(
        message,
        &[
            // up to 1.18 the decoder of a watch's stream logged its own failures
            "Unable to decode an event from the watch stream",
            "Unexpected EOF during watch stream event decoding",
        ],
    ) || (message.starts_with("The watchlist request ") && message.contains(" ended with an error"))
    {
        return failure(Activity::Watch);
    }
    // the kubelet asks the API server to authenticate and authorize its callers
    let asks =
        begins(message, &["Failed to make webhook authenticator request", "Failed to make webhook authorizer request"]);
    if asks && (!message.contains("://") || crate::classify::api::names_api(message)) {
        return failure(Activity::Other);
    }
    None
}
