//! Classification of records with a klog header, in text, structured or in JSON.

use crate::classify::activity::Activity;
use crate::classify::cause::{self, cause};
use crate::classify::classification::Classification;
use crate::classify::component::Component;
use crate::classify::known_message::{self, KnownMessage, MessageKind};
use crate::classify::prefilter::find_candidate;
use crate::classify::symptom::Symptom;
use crate::classify::{api, refine};
use crate::klog::record::{Form, Record, UNHANDLED_ERROR};
use crate::klog::severity::Severity;
use crate::scan::{needle, tail};

/// Bytes from the end of an error that are searched if no known message precedes it: what is longer is a dump with the
/// error at its end.
const ERROR_WITHIN: usize = 700;

/// Bytes from the start of a reflector's message within which its own name stands.
const REFLECTOR_NAME_WITHIN: usize = 120;

/// Classifies a record with a klog header, in three steps of which the first that applies decides.
pub(crate) fn classify<'a>(component: Component, record: &Record<'a>) -> Classification<'a> {
    let (message, error) = record.message_and_error();
    if let Some(found) = by_server_process(component, message, error) {
        return found;
    }
    let known = known_message(component, record, message, error);
    if let Some(found) = known.and_then(|known| by_known_message(known, message, error)) {
        return found;
    }
    let activity = known.map_or(component.activity(), |known| known.activity);
    by_error(component, activity, record, message, error)
}

/// Step 1. An API server's own leases and caches write through the same files as a kubelet's.
///
/// `E1228 16:08:57.706942 1 controller.go:145] "Failed to ensure lease exists" err="Get …/kube-system/leases/cp-x…"`
fn by_server_process<'a>(component: Component, message: &'a str, error: Option<&'a str>) -> Option<Classification<'a>> {
    let is_servers = match component {
        Component::Lease => {
            let error = error.unwrap_or(message);
            needle!("/kube-system/leases/").find(error.as_bytes()).is_some()
        }
        Component::Reflector => {
            let name = &message.as_bytes()[..message.len().min(REFLECTOR_NAME_WITHIN)];
            needle!("storage/cacher").find(name).is_some()
        }
        _ => false,
    };
    is_servers.then(|| Classification::not_control_plane(Activity::Other, cause(error.unwrap_or(message)).symptom()))
}

/// Finds the known message that a record begins with.
fn known_message(
    component: Component,
    record: &Record<'_>,
    message: &str,
    error: Option<&str>,
) -> Option<KnownMessage> {
    known_message::of_component(component, message).or_else(|| {
        // files move between versions, messages stay: those of an unknown file may be known
        let may_fail = record.severity != Some(Severity::Info) || error.is_some();
        if component == Component::Unknown && may_fail { known_message::of_unknown_file(message) } else { None }
    })
}

/// Step 2. The message is one of the kubelet's own about failed calls.
///
/// `E1228 16:08:57.706942 228 controller.go:145] "Failed to ensure lease exists" err="Get …: connection refused"`
fn by_known_message<'a>(known: KnownMessage, message: &'a str, error: Option<&'a str>) -> Option<Classification<'a>> {
    match known.kind {
        MessageKind::Failure => Some(Classification::failure(known, message, error)),
        MessageKind::Summary => Some(Classification::summary(known, error.unwrap_or(message))),
        MessageKind::Note => None,
    }
}

/// Step 3. The message is not about a call; its error may be, if another part of the kubelet passed it on.
///
/// `E1228 16:08:57.706942 228 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to fetch token: Post …"`
fn by_error<'a>(
    component: Component,
    activity: Activity,
    record: &Record<'a>,
    message: &'a str,
    error: Option<&'a str>,
) -> Classification<'a> {
    let error = error_part(component, record, message, error);
    if component == Component::PodWorkers && needle!("CrashLoopBackOff").find(error.as_bytes()).is_some() {
        return Classification::not_control_plane(Activity::Runtime, Symptom::None);
    }
    let file = record.call_site.as_ref().map_or("", |site| &site.file);
    let activity = refine::activity(component, activity, file, message, error);
    if component == Component::Server || message.starts_with("http: ") {
        return Classification::not_control_plane(activity, cause::incoming(error));
    }
    if error.is_empty() || is_note(component, record, error) {
        return Classification::not_control_plane(activity, Symptom::None);
    }
    let part = tail(call_part(error), ERROR_WITHIN);
    let symptom = cause(part).symptom();
    let is_answer = || {
        component != Component::Unknown && api::is_answer(part) && has_candidate(message.as_bytes(), part.as_bytes())
    };
    let control_plane = !component.never_calls() && symptom != Symptom::None && (refine::is_call(part) || is_answer());
    Classification { control_plane, activity, symptom, error: part, known_message: false }
}

/// Returns the part of a record that may be an error; empty if it has none.
fn error_part<'a>(component: Component, record: &Record<'a>, message: &'a str, error: Option<&'a str>) -> &'a str {
    match error {
        Some(error) => error,
        // a probe's output is its error
        None if component == Component::Probe && record.form != Form::Text => record.pairs,
        None if record.form == Form::Structured && record.message != UNHANDLED_ERROR => "",
        None => message,
    }
}

/// Whether a record is text of severity `I` without a URL, which reports no failure unless a probe wrote it.
fn is_note(component: Component, record: &Record<'_>, error: &str) -> bool {
    record.severity == Some(Severity::Info)
        && record.form == Form::Text
        && component != Component::Probe
        && needle!("://").find(error.as_bytes()).is_none()
}

/// Whether the prefilter finds a candidate in one of both: what it would skip must not count here either.
fn has_candidate(message: &[u8], error: &[u8]) -> bool {
    find_candidate(message, 0).is_some() || find_candidate(error, 0).is_some()
}

/// Returns the error about the API server, if a text has several.
fn call_part(error: &str) -> &str {
    let Some(at) = needle!("failed to fetch token").find(error.as_bytes()) else { return error };
    let part = &error[at..];
    &part[..part.find(", failed to ").unwrap_or(part.len())]
}
