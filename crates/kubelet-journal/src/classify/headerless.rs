//! Classification of records without a header: continuations, lines of other programs, damaged lines.
//!
//! Such a record counts as a failed call only if its message begins like one of the kubelet's own, or if it carries a
//! reflector's error with an address of the API; never because a word occurs in it.

use crate::classify::activity::Activity;
use crate::classify::api;
use crate::classify::cause::cause;
use crate::classify::classification::Classification;
use crate::classify::known_message::{self, MessageKind};
use crate::classify::refine::is_image;
use crate::classify::symptom::Symptom;
use crate::klog::record::Record;
use crate::scan::head;

/// Bytes from the start of a message within which the words of its subject are looked for.
const SUBJECT_WITHIN: usize = 400;

/// Classifies a record without a header, in three steps of which the first that applies decides.
pub(crate) fn classify<'a>(record: &Record<'a>) -> Classification<'a> {
    let (message, error) = record.message_and_error();
    by_continuation(message, error)
        .or_else(|| by_known_message(message, error))
        .unwrap_or_else(|| by_words(message, error))
}

/// Step 1. A TAB begins the next line of a multi-line value: the output of a probe, or a frame of a panic.
///
/// `\tdial tcp 10.244.1.5:8080: connect: connection refused`
fn by_continuation<'a>(message: &'a str, error: Option<&'a str>) -> Option<Classification<'a>> {
    if !message.starts_with('\t') {
        return None;
    }
    let activity = if is_frame(message) { Activity::Other } else { Activity::Probe };
    Some(Classification::not_control_plane(activity, symptom(message, error)))
}

/// Step 2. The message begins like one of the kubelet's own.
///
/// `failed to list *v1.Node: Get "https://cp:6443/api/v1/nodes": dial tcp 10.0.0.1:6443: connect: connection refused`
fn by_known_message<'a>(message: &'a str, error: Option<&'a str>) -> Option<Classification<'a>> {
    let known = known_message::of_headerless(message)?;
    match known.kind {
        MessageKind::Summary => Some(Classification::summary(known, error.unwrap_or(message))),
        MessageKind::Failure => {
            let is_own = known.activity != Activity::Watch || is_of_reflector(message) || api::is_api_call(message);
            is_own.then(|| Classification::failure(known, message, error))
        }
        MessageKind::Note => None,
    }
}

/// Step 3. Nothing proves a call to the API server; the words of the message show its subject.
///
/// `Warning  Unhealthy  12s  kubelet  Readiness probe failed: dial tcp 10.244.1.5:8080: connect: connection refused`
fn by_words<'a>(message: &'a str, error: Option<&'a str>) -> Classification<'a> {
    Classification::not_control_plane(subject(message), symptom(message, error))
}

fn symptom(message: &str, error: Option<&str>) -> Symptom {
    if is_frame(message) { Symptom::None } else { cause(error.unwrap_or(message)).symptom() }
}

/// Whether a message begins like a reflector's: `NAME: failed to list *v1.Pod: …`, with or without the name.
fn is_of_reflector(message: &str) -> bool {
    let message = message.trim_start_matches([' ', '"']);
    let start = head(message, 24);
    start.starts_with("Failed to ")
        || start.starts_with("failed to list ")
        || start.starts_with("object-")
        || head(message, 160).contains(".go:")
}

/// Whether a message is a frame of a Go stack: `\t/usr/lib/x.go:125 +0x1b`, `k8s.io/x.f(0x3a2dec0, 0x6d6df80)`.
fn is_frame(message: &str) -> bool {
    let message = message.trim_end();
    message.contains(".go:") && message.contains(" +0x")
        || message.ends_with(')') && message.contains("(0x")
        || message.starts_with("goroutine ")
}

/// Finds the subject of a message by its words.
fn subject(message: &str) -> Activity {
    let message = message.trim_start();
    let start = head(message, SUBJECT_WITHIN);
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
