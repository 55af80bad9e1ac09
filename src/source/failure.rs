//! What kind of failure a request met, and its words: reads the chain of an error's causes, whichever client made it.

use std::{error::Error, io};

use crate::observation::ProbeError;

/// The kind of a failure, by the first of its causes that tells.
pub(super) fn kind(error: &(dyn Error + 'static)) -> ProbeError {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(kind) = of_one(error) {
            return kind;
        }
        // the cause of a wrapped io error is the cause of what it wraps: step inside instead
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    ProbeError::Other
}

fn of_one(error: &(dyn Error + 'static)) -> Option<ProbeError> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_io(error.kind());
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_incomplete_message() {
            return Some(ProbeError::Eof);
        }
        return error.is_timeout().then_some(ProbeError::Timeout);
    }
    if error.is::<rustls::Error>() {
        return Some(ProbeError::Tls);
    }
    if error.is::<tower::timeout::error::Elapsed>() || error.is::<tokio::time::error::Elapsed>() {
        return Some(ProbeError::Timeout);
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        return error.is_timeout().then_some(ProbeError::Timeout);
    }
    // the connector of hyper keeps its error type to itself
    (error.to_string() == "dns error").then_some(ProbeError::Dns)
}

fn of_io(kind: io::ErrorKind) -> Option<ProbeError> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(ProbeError::Refused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(ProbeError::Reset)
        }
        io::ErrorKind::UnexpectedEof => Some(ProbeError::Eof),
        io::ErrorKind::TimedOut => Some(ProbeError::Timeout),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
            Some(ProbeError::Unreachable)
        }
        _ => None,
    }
}

/// An error and its causes in one line, without what a cause repeats.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !words.contains(&cause) {
            words.push_str(": ");
            words.push_str(&cause);
        }
        next = error.source();
    }
    words.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_kind_is_found_deep_in_the_causes() {
        let refused = Outer(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(kind(&refused), ProbeError::Refused);
        assert_eq!(kind(&Outer(io::Error::other(refused))), ProbeError::Refused);
    }

    #[test]
    fn an_error_of_tls_inside_an_io_error_is_tls() {
        let alert = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert_eq!(kind(&Outer(alert)), ProbeError::Tls);
    }

    #[test]
    fn words_name_each_cause_once() {
        let inner = io::Error::other("inner\nof it");
        assert_eq!(words(&Outer(inner)), "outer: inner of it");
    }
}
