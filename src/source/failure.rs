//! Classifies failures of requests, whichever client made them.

use std::{error::Error, io};

use crate::{error_chain, observation::ProbeError};

/// Kind of a failure, by the first of its causes that gives one.
pub(super) fn probe_error(error: &(dyn Error + 'static)) -> ProbeError {
    error_chain::iter(error).find_map(of_cause).unwrap_or(ProbeError::Other)
}

/// Message for a failed TLS handshake with the API server.
pub(super) fn untrusted_certificate(error: &(dyn Error + 'static)) -> String {
    format!(
        "the API server's certificate is not trusted by the kubeconfig ({}): `kind export kubeconfig` rewrites it",
        error_chain::message(error)
    )
}

fn of_cause(error: &(dyn Error + 'static)) -> Option<ProbeError> {
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
    // The error type of hyper-util's connector is private.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("wrapped")]
    struct Wrapper(#[source] io::Error);

    #[test]
    fn the_kind_is_found_deep_in_the_causes() {
        let refused = Wrapper(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(probe_error(&refused), ProbeError::Refused);
        assert_eq!(probe_error(&Wrapper(io::Error::other(refused))), ProbeError::Refused);
    }

    #[test]
    fn a_tls_error_inside_an_io_error_is_recognized() {
        let alert = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert_eq!(probe_error(&Wrapper(alert)), ProbeError::Tls);
    }
}
