//! From a record to its reading: what was done, whether it was a call to the API server, and how it failed.
//!
//! The order of the questions is what makes the answers right. First the activity, by who wrote the line and how it begins; then the
//! cause, from the error part alone; last, for lines whose sentence is not one of the kubelet's own, whether the error names the API at all.
//! Nothing here looks for an error's words in a whole line.

use std::borrow::Cow;

use crate::classify::activity::Activity;
use crate::classify::api;
use crate::classify::cause::{self, Cause};
use crate::classify::component::Desk;
use crate::classify::endpoint;
use crate::classify::headerless;
use crate::classify::known_message::{self, Kind, Phrase};
use crate::classify::logrus;
use crate::classify::prefilter::sift;
use crate::classify::reading::Reading;
use crate::classify::reflector;
use crate::classify::retry_after;
use crate::classify::symptom::Symptom;
use crate::klog::severity::Severity;
use crate::klog::text::{self, Form, Record, Source};
use crate::line::program;
use crate::scan::{needle, needle_back, tail};

/// What was found about a line, before it becomes a reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict<'a> {
    pub(crate) control_plane: bool,
    pub(crate) activity: Activity,
    pub(crate) symptom: Symptom,
    /// The error part, for what else it names.
    pub(crate) error: &'a str,
    /// The sentence that decided.
    pub(crate) phrase: Option<Phrase>,
}

impl<'a> Verdict<'a> {
    pub(crate) const fn aside(activity: Activity, symptom: Symptom, error: &'a str) -> Self {
        Self { control_plane: false, activity, symptom, error, phrase: None }
    }
}

/// Reads a record.
#[must_use]
pub fn read<'a>(record: &Record<'a>) -> Reading<'a> {
    let desk = record.site.map_or(Desk::Elsewhere, |site| Desk::of(site.file));
    let verdict = match record.form {
        Form::Bare => headerless::judge(record),
        Form::Logrus => logrus::judge(record),
        Form::Text | Form::Structured | Form::Json => {
            if let Some(second) = hidden(desk, record) {
                return Reading { severity: record.severity, ..read(&second) };
            }
            judge(desk, record)
        }
    };
    let verdict = match record.component {
        Some(name) if program::is_another(name) => Verdict { control_plane: false, ..verdict },
        _ => verdict,
    };
    let named = if verdict.activity == Activity::Watch { watched(record) } else { reflector::Named::default() };
    let resource = named.kind.or_else(|| implied(record, &verdict));
    let target =
        if verdict.control_plane && verdict.symptom != Symptom::None { endpoint::target(verdict.error) } else { None };
    Reading {
        control_plane: verdict.control_plane,
        activity: verdict.activity,
        symptom: verdict.symptom,
        resource: resource.map(Cow::Borrowed),
        target: target.map(Cow::Borrowed),
        retry_in: if verdict.control_plane { retry_after::wait(record, verdict.activity) } else { None },
        severity: record.severity,
        source: record.site.map(|site| Source { file: Cow::Borrowed(site.file), line: site.line }),
        reflector: named.reflector.map(Cow::Borrowed),
        stage: named.stage,
        clock: record.clock,
    }
}

/// A second record in the same line, where the line end between two was lost. Only notes can hide one.
fn hidden<'a>(desk: Desk, record: &Record<'a>) -> Option<Record<'a>> {
    let quiet = desk == Desk::Elsewhere && record.form == Form::Text && record.severity == Some(Severity::Info);
    if quiet { text::second(record.message) } else { None }
}

fn judge<'a>(desk: Desk, record: &Record<'a>) -> Verdict<'a> {
    // from 1.31 on a generic handler reports the errors of others: the sentence is inside
    let (message, error) = match record.error {
        Some(inner) if record.message == "Unhandled Error" => (inner, None),
        error => (record.message, error),
    };
    if is_somebody_elses(desk, message, error) {
        let symptom =
            if desk == Desk::Server { Symptom::None } else { cause::cause(error.unwrap_or(message)).symptom() };
        return Verdict::aside(Activity::Other, symptom, "");
    }
    // a file that is in no table may hold a sentence that is: files move between versions, sentences stay
    let speaks = desk == Desk::Elsewhere && (record.severity != Some(Severity::Info) || error.is_some());
    let known = known_message::of_desk(desk, message);
    match known.or_else(|| if speaks { known_message::of_moved(message) } else { None }) {
        Some(phrase) if phrase.kind == Kind::Failure => failure(phrase, message, error),
        Some(phrase) if phrase.kind == Kind::Summary => summary(phrase, error.unwrap_or(message)),
        Some(phrase) => wrapped(desk, phrase.activity, record, message, error),
        None => wrapped(desk, desk.activity(), record, message, error),
    }
}

/// Leases of API servers, and API servers' own caches, speak through the same files as a kubelet's.
fn is_somebody_elses(desk: Desk, message: &str, error: Option<&str>) -> bool {
    match desk {
        Desk::Lease => {
            let error = error.unwrap_or(message);
            needle!("/kube-system/leases/").find(error.as_bytes()).is_some()
        }
        Desk::Reflector => needle!("storage/cacher").find(&message.as_bytes()[..message.len().min(120)]).is_some(),
        _ => false,
    }
}

/// A sentence of the kubelet's own about a failed call.
pub(crate) fn failure<'a>(phrase: Phrase, message: &'a str, error: Option<&'a str>) -> Verdict<'a> {
    let error = match error {
        Some(error) => after_patch(error),
        None => in_text(phrase.activity, message),
    };
    let cause = if is_client_certificate(message) { Cause::Failed(Symptom::TlsOrAuth) } else { cause::cause(error) };
    // the API server answered; what failed is a webhook behind it
    let webhook = needle!("failed calling webhook").find(error.as_bytes()).is_some();
    // the node's addresses were asked of the cloud, before any call to the API server
    let cloud =
        phrase.activity == Activity::NodeStatus && needle!(" from cloud provider").find(error.as_bytes()).is_some();
    Verdict {
        control_plane: cause != Cause::Answered && !webhook && !cloud,
        activity: phrase.activity,
        symptom: cause.symptom(),
        error,
        phrase: Some(phrase),
    }
}

/// A sentence that sums failed calls up: it has no cause of its own, unless it says that the API server answered.
pub(crate) fn summary<'a>(phrase: Phrase, error: &'a str) -> Verdict<'a> {
    // the usual two say nothing of the kind
    let usual = error.starts_with("update node status exceeds") || error.starts_with("failed 5 attempts");
    let answered = !usual && cause::cause(error) == Cause::Answered;
    Verdict { control_plane: !answered, activity: phrase.activity, symptom: Symptom::None, error, phrase: Some(phrase) }
}

fn is_client_certificate(message: &str) -> bool {
    message.starts_with("No valid client certificate") || message.starts_with("It has been ")
}

/// The error part of a text that names its error at its end.
fn in_text(activity: Activity, message: &str) -> &str {
    match activity {
        Activity::Event => event_error(message),
        Activity::NodeStatus => after_patch(message),
        _ => message,
    }
}

/// An event's error: before 1.20 alone between quotes, later after the event's own dump, which may be cut before it.
fn event_error(message: &str) -> &str {
    let bytes = message.as_bytes();
    if needle!("'&").find(&bytes[..bytes.len().min(64)]).is_none() {
        return message;
    }
    needle_back!("}': '").rfind(bytes).map_or("", |at| &message[at + 5..])
}

/// A failed patch quotes the whole patch before its error.
fn after_patch(error: &str) -> &str {
    if !error.starts_with("failed to patch status")
        && needle!("failed to patch status").find(&error.as_bytes()[..error.len().min(80)]).is_none()
    {
        return error;
    }
    let bytes = error.as_bytes();
    let end = needle_back!("\" for node ").rfind(bytes).or_else(|| needle_back!("\" for pod ").rfind(bytes));
    end.map_or("", |at| &error[at..])
}

/// A line whose sentence says nothing of the API: its error may.
fn wrapped<'a>(
    desk: Desk,
    activity: Activity,
    record: &Record<'a>,
    message: &'a str,
    error: Option<&'a str>,
) -> Verdict<'a> {
    let error = match error {
        Some(error) => error,
        // a probe's output is its error
        None if desk == Desk::Probe && record.form != Form::Text => record.pairs,
        None if record.form == Form::Structured && record.message != "Unhandled Error" => "",
        None => message,
    };
    if desk == Desk::Pods && needle!("CrashLoopBackOff").find(error.as_bytes()).is_some() {
        return Verdict::aside(Activity::Runtime, Symptom::None, "");
    }
    let activity = headerless::refined(desk, activity, record.site.map_or("", |site| site.file), message, error);
    let quiet = record.severity == Some(Severity::Info)
        && record.form == Form::Text
        && desk != Desk::Probe
        && needle!("://").find(error.as_bytes()).is_none();
    if desk == Desk::Server || message.starts_with("http: ") {
        return Verdict::aside(activity, cause::incoming(error), "");
    }
    if error.is_empty() || quiet {
        return Verdict::aside(activity, Symptom::None, "");
    }
    // what is long is a dump with the error at its end
    let part = tail(call_part(error), LONGEST_ERROR);
    let cause = cause::cause(part);
    let symptom = cause.symptom();
    let is_call = !desk.is_never_a_call()
        && symptom != Symptom::None
        && (headerless::is_call(part)
            || desk != Desk::Elsewhere && api::is_answer(part) && tells_of_failure(message, part));
    Verdict { control_plane: is_call, activity, symptom, error: part, phrase: None }
}

/// What a sieve would pass over is no failure: both must agree.
fn tells_of_failure(message: &str, error: &str) -> bool {
    sift(message.as_bytes(), 0).is_some() || sift(error.as_bytes(), 0).is_some()
}

/// As much of an error's end as is searched where no sentence says that it is one of ours.
const LONGEST_ERROR: usize = 700;

/// Of several errors in one, the one about the API.
fn call_part(error: &str) -> &str {
    let Some(at) = needle!("failed to fetch token").find(error.as_bytes()) else { return error };
    let part = &error[at..];
    &part[..part.find(", failed to ").unwrap_or(part.len())]
}

/// What a reflector's line names, in its text or its keys.
fn watched<'a>(record: &Record<'a>) -> reflector::Named<'a> {
    if record.message == "Unhandled Error" {
        return reflector::in_text(record.error.unwrap_or(""));
    }
    match record.form {
        Form::Structured => reflector::in_keys(record),
        // what older versions say in text stays text in their JSON
        Form::Json => match reflector::in_keys(record) {
            reflector::Named { reflector: None, stage: None, .. } => reflector::in_text(record.message),
            named => named,
        },
        _ => reflector::in_text(record.message),
    }
}

/// The type that a sentence speaks of without naming it.
fn implied<'a>(record: &Record<'a>, verdict: &Verdict<'a>) -> Option<&'a str> {
    if record.form == Form::Bare {
        return None;
    }
    let said = verdict.phrase.is_some();
    match verdict.activity {
        // up to 1.5 the kubelet used the internal types
        Activity::PodStatus if said => {
            let internal = record.site.is_some_and(|site| site.file == "kubelet.go" && site.line < 1520)
                && record.form == Form::Text;
            Some(if internal { "*api.Pod" } else { "*v1.Pod" })
        }
        Activity::Csi if said => Some("*v1.CSINode"),
        Activity::Token if said || verdict.control_plane => Some("*v1.ServiceAccount"),
        Activity::Certificate if said => {
            let beta = verdict.error.contains("/v1beta1/certificatesigningrequests");
            let named = beta || verdict.error.contains("/certificatesigningrequests");
            named.then_some(if beta { "*v1beta1.CertificateSigningRequest" } else { "*v1.CertificateSigningRequest" })
        }
        Activity::Csi if verdict.control_plane && verdict.error.contains("/volumeattachments/") => {
            Some("*v1.VolumeAttachment")
        }
        _ => None,
    }
}

/// Whether the error is that of a call of ours: also used for bare lines.
pub(crate) fn is_api_call(error: &str) -> bool {
    api::names_api(error) && !api::is_foreign(error)
}
