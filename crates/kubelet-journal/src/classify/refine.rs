//! Refinements of an activity that the file leaves open, and the test for calls in errors that others pass on.

use crate::classify::activity::Activity;
use crate::classify::api;
use crate::classify::component::Component;
use crate::scan::{head, needle, tail};

/// Bytes from the end of a text within which words of an image pull are looked for: before them is a dump.
const IMAGE_WITHIN: usize = 300;

/// Bytes from the start of a message of an unknown file within which its words are looked for.
const MESSAGE_WITHIN: usize = 200;

/// Refines the activity of a headed record whose file leaves it open.
pub(crate) fn activity(component: Component, activity: Activity, file: &str, message: &str, error: &str) -> Activity {
    match component {
        Component::PodWorkers => {
            if is_image(error) {
                Activity::Image
            } else if error.contains("failed to fetch token") {
                Activity::Token
            } else if error.contains("nmounted volumes")
                || error.contains("failed to process volumes")
                || error.contains("MountVolume")
            {
                Activity::Volume
            } else {
                activity
            }
        }
        Component::Runtime if error.is_empty() => activity,
        Component::Runtime => {
            if is_image(message) || is_image(error) {
                Activity::Image
            } else {
                activity
            }
        }
        Component::Volume => {
            if error.contains("failed to fetch token") || error.contains("TokenRequest") {
                Activity::Token
            } else if error.contains("csi.sock") {
                Activity::Csi
            } else {
                activity
            }
        }
        // many programs have a `controller.go`; only the lease controller's is meant
        Component::Lease if file == "controller.go" && !message.contains("lease") => Activity::Other,
        Component::Lease if is_foreign_lease(message, error) => Activity::Other,
        Component::Unknown => unknown_file(file, message, error),
        _ => activity,
    }
}

fn is_foreign_lease(message: &str, error: &str) -> bool {
    !message.contains("lease") && !error.contains("lease")
}

fn unknown_file(file: &str, message: &str, error: &str) -> Activity {
    let start = head(message, MESSAGE_WITHIN);
    match file {
        "log.go" if start.contains(" from runtime service") => Activity::Runtime,
        "log.go" if start.contains(" from image service") => Activity::Image,
        "kubelet_pods.go" if start.contains("pull secret") => Activity::Image,
        "manager.go" | "util.go"
            if start.contains("container") || start.contains("sandbox") || start.contains(" api service") =>
        {
            Activity::Runtime
        }
        _ if needle!("certificate signing request").find(error.as_bytes()).is_some() => Activity::Certificate,
        _ => Activity::Other,
    }
}

/// Whether a text is about an image pull.
pub(crate) fn is_image(text: &str) -> bool {
    let text = tail(text, IMAGE_WITHIN);
    [
        "ErrImagePull",
        "ImagePullBackOff",
        "Failed to pull image",
        "failed to pull image",
        "pulling image",
        "failed to pull and unpack",
        " from image service",
        "InvalidImageName",
        "ErrImageNeverPull",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Whether an error, which another part may have passed on, is that of a call to the API server.
pub(crate) fn is_call(error: &str) -> bool {
    api::is_api_call(error)
        // the API server names the node whose call it refused (RBAC, node authorizer)
        || (error.contains("system:node:") && error.contains("is forbidden"))
        || error.contains("from API server: ")
        || error.starts_with("failed to fetch token")
        || error.contains("cannot create certificate signing request: ")
}
