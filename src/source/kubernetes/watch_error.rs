//! Errors of a watch for a person. The same failure gives the same message, so that it is reported once.

use kube::{core::Status, runtime::watcher};

use crate::{error_chain, observation::ProbeError, source::failure};

/// HTTP status of a refusal. `None` if the API server did not answer. 410 says that its history does not reach back to
/// the position of the watch.
pub(super) fn status_code(error: &watcher::Error) -> Option<u16> {
    status(error).map(|status| status.code)
}

fn status(error: &watcher::Error) -> Option<&Status> {
    match error {
        watcher::Error::WatchError(status) => Some(status),
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status),
        _ => None,
    }
}

/// Message of an error.
pub(super) fn message(error: &watcher::Error) -> String {
    if let Some(status) = status(error) {
        return match status.code {
            401 => "the API server does not know the kubeconfig's user (401): `kind export kubeconfig` rewrites the \
                    credentials"
                .to_owned(),
            403 => "the API server forbids the request (403): its RBAC roles are still being loaded".to_owned(),
            code => format!("the API server answers {code} {}: {}", status.reason, status.message),
        };
    }
    let message = match failure::probe_error(error) {
        ProbeError::Refused => "the API server's port is closed",
        // The engine's proxy of a published port without a server gives one or the other.
        ProbeError::Reset | ProbeError::Eof => "the connection to the API server was closed",
        ProbeError::Timeout => "the API server does not answer",
        ProbeError::Unreachable => "no route to the API server",
        ProbeError::Dns => "the API server's name does not resolve",
        ProbeError::Tls => return failure::untrusted_certificate(error),
        ProbeError::Other => return format!("the watch failed: {}", error_chain::message(error)),
    };
    message.to_owned()
}
