//! Lines and errors that say little about who wrote them: lines without a header, and errors that others pass on.
//!
//! A line without a header counts as a failed call only when it *begins* with one of the kubelet's own sentences, or carries a reflector's
//! error with the API's address; never because some word occurs in it. What kind of thing it speaks of is guessed from its first words.

use crate::classify::activity::Activity;
use crate::classify::cause;
use crate::classify::component::Desk;
use crate::classify::headed::{self, Verdict};
use crate::classify::known_message::{self, Kind};
use crate::classify::symptom::Symptom;
use crate::klog::text::Record;
use crate::scan::{head, needle, tail};

/// Judges a line without a header.
pub(crate) fn judge<'a>(record: &Record<'a>) -> Verdict<'a> {
    let (message, error) = match record.error {
        Some(inner) if record.message == "Unhandled Error" => (inner, None),
        error => (record.message, error),
    };
    let continued = message.starts_with('\t');
    if let Some(phrase) = known_message::of_bare(message).filter(|_| !continued) {
        match phrase.kind {
            Kind::Summary => return headed::summary(phrase, error.unwrap_or(message)),
            Kind::Failure
                if phrase.activity != Activity::Watch
                    || begins_like_a_reflector(message)
                    || headed::is_api_call(message) =>
            {
                return headed::failure(phrase, message, error);
            }
            _ => {}
        }
    }
    let error = error.unwrap_or(message);
    let activity = if continued { continuation(message) } else { guessed(message) };
    let symptom = if is_frame(message) { Symptom::None } else { cause::cause(error).symptom() };
    Verdict::aside(activity, symptom, "")
}

/// `NAME: failed to list *v1.Pod: …`, or the sentence itself.
fn begins_like_a_reflector(message: &str) -> bool {
    let message = message.trim_start_matches([' ', '"']);
    let start = head(message, 24);
    start.starts_with("Failed to ")
        || start.starts_with("failed to list ")
        || start.starts_with("object-")
        || head(message, 160).contains(".go:")
}

/// A TAB begins the body of a value of several lines: the output of a probe, or a frame of a panic.
fn continuation(message: &str) -> Activity {
    if is_frame(message) { Activity::Other } else { Activity::Probe }
}

/// A frame of a Go stack: `\t/usr/lib/x.go:125 +0x1b`, `k8s.io/x.f(0x3a2dec0, 0x6d6df80)`.
fn is_frame(message: &str) -> bool {
    let message = message.trim_end();
    message.contains(".go:") && message.contains(" +0x")
        || message.ends_with(')') && message.contains("(0x")
        || message.starts_with("goroutine ")
}

/// What a line without a header speaks of.
fn guessed(message: &str) -> Activity {
    let message = message.trim_start();
    let start = head(message, 400);
    let has = |word: &str| start.contains(word);
    if has("FailedCreatePodSandBox") || has("pod sandbox") || has(" from runtime service") {
        return Activity::Runtime;
    }
    if has("csi.sock") {
        return Activity::Csi;
    }
    if has("FailedMount")
        || has("FailedAttachVolume")
        || has("MountVolume.")
        || has("AttachVolume.")
        || has("nmounted volumes")
    {
        return Activity::Volume;
    }
    if is_image(start) {
        return Activity::Image;
    }
    if message.starts_with("Warning") || message.starts_with("Normal") {
        if has("Unhealthy") || has(" probe failed") || has(" probe errored") {
            return Activity::Probe;
        }
        if has("BackOff") || has("container") {
            return Activity::Runtime;
        }
    }
    Activity::Other
}

/// Only the ends of a long text are looked at: what is between them is a dump.
fn is_image(text: &str) -> bool {
    let text = tail(text, 300);
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

/// The activity of a line with a header whose file leaves it open.
pub(crate) fn refined(desk: Desk, activity: Activity, file: &str, message: &str, error: &str) -> Activity {
    match desk {
        Desk::Pods => {
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
        Desk::Runtime if error.is_empty() => activity,
        Desk::Runtime => {
            if is_image(message) || is_image(error) {
                Activity::Image
            } else {
                activity
            }
        }
        Desk::Volume => {
            if error.contains("failed to fetch token") || error.contains("TokenRequest") {
                Activity::Token
            } else if error.contains("csi.sock") {
                Activity::Csi
            } else {
                activity
            }
        }
        // the file of the lease controller has a common name
        Desk::Lease if file == "controller.go" && !message.contains("lease") => Activity::Other,
        Desk::Lease if is_foreign_lease(message, error) => Activity::Other,
        Desk::Elsewhere => elsewhere(file, message, error),
        _ => activity,
    }
}

fn is_foreign_lease(message: &str, error: &str) -> bool {
    !message.contains("lease") && !error.contains("lease")
}

fn elsewhere(file: &str, message: &str, error: &str) -> Activity {
    let start = head(message, 200);
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

/// Whether an error that was passed on is that of a call to the API.
pub(crate) fn is_call(error: &str) -> bool {
    headed::is_api_call(error)
        // the API server names the node whose call it refused
        || (error.contains("system:node:") && error.contains("is forbidden"))
        || error.contains("from API server: ")
        || error.starts_with("failed to fetch token")
        || error.contains("cannot create certificate signing request: ")
}
