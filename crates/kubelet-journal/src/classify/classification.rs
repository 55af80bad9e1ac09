//! The classification of a record, and the three ways to make one.
//!
//! `headed.rs`, `headerless.rs` and `logrus.rs` decide which of them applies; nothing is decided here but by the error
//! part.

use crate::classify::activity::Activity;
use crate::classify::cause::{ErrorCause, cause};
use crate::classify::known_message::KnownMessage;
use crate::classify::symptom::Symptom;
use crate::scan::{needle, needle_back};

/// The answers to the three questions about a record, before it becomes a reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classification<'a> {
    /// Whether the record reports a failed call of a kubelet to its API server.
    pub(crate) control_plane: bool,
    /// The kubelet's work that the record is about.
    pub(crate) activity: Activity,
    /// The way in which the call failed.
    pub(crate) symptom: Symptom,
    /// The error part, from which `read.rs` takes the endpoint; empty if nothing else is to be found in it.
    pub(crate) error: &'a str,
    /// Whether a known message decided.
    pub(crate) known_message: bool,
}

impl<'a> Classification<'a> {
    /// Classifies a record that reports no failed call to the API server.
    pub(crate) const fn not_control_plane(activity: Activity, symptom: Symptom) -> Self {
        Self { control_plane: false, activity, symptom, error: "", known_message: false }
    }

    /// Classifies a known message about one failed call. `error` is the value of its error key; `None` if the error is
    /// in the message.
    pub(crate) fn failure(known: KnownMessage, message: &'a str, error: Option<&'a str>) -> Self {
        let error = match error {
            Some(error) => after_patch(error),
            None => error_in_text(known.activity, message),
        };
        let cause = if is_client_certificate(message) { ErrorCause::Failed(Symptom::TlsOrAuth) } else { cause(error) };
        // the API server answered; a webhook behind it failed
        let webhook = needle!("failed calling webhook").find(error.as_bytes()).is_some();
        // the cloud was asked for the node's addresses, before any call to the API server
        let cloud =
            known.activity == Activity::NodeStatus && needle!(" from cloud provider").find(error.as_bytes()).is_some();
        Self {
            control_plane: cause != ErrorCause::Answered && !webhook && !cloud,
            activity: known.activity,
            symptom: cause.symptom(),
            error,
            known_message: true,
        }
    }

    /// Classifies a known message that sums failed calls up: it has no symptom, and counts unless the API server
    /// answered.
    pub(crate) fn summary(known: KnownMessage, error: &'a str) -> Self {
        // the two usual errors are skipped, because they never name an answer
        let usual = error.starts_with("update node status exceeds") || error.starts_with("failed 5 attempts");
        let answered = !usual && cause(error) == ErrorCause::Answered;
        let (activity, symptom) = (known.activity, Symptom::None);
        Self { control_plane: !answered, activity, symptom, error, known_message: true }
    }
}

/// Whether the message reports that the API server did not accept or renew the client's certificate.
fn is_client_certificate(message: &str) -> bool {
    message.starts_with("No valid client certificate") || message.starts_with("It has been ")
}

/// Returns the error part of a text whose error is at its end.
fn error_in_text(activity: Activity, message: &str) -> &str {
    match activity {
        Activity::Event => event_error(message),
        Activity::NodeStatus => after_patch(message),
        _ => message,
    }
}

/// Returns an event's error: before 1.20 alone between quotes, since then after a dump of the event; empty if that was
/// cut.
fn event_error(message: &str) -> &str {
    let bytes = message.as_bytes();
    if needle!("'&").find(&bytes[..bytes.len().min(64)]).is_none() {
        return message;
    }
    needle_back!("}': '").rfind(bytes).map_or("", |at| &message[at + 5..])
}

/// Returns the text after the patch that an error of a failed patch quotes; empty if the line was cut inside of the
/// patch.
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
