//! Errors of the engine for a person: failure, object, remedy.
//!
//! The same failure gives the same message each time, so that it is reported once.

use std::{error::Error, io, time::Duration};

use bollard::errors::Error as BollardError;

use crate::{
    error_chain,
    small_file::{SlowFileSystem, SmallFileError},
};

/// Failure to locate the engine, to reach it, or to get what was requested.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// None of the default sockets exists.
    #[error("no container engine found (tried {}): start Docker, or set DOCKER_HOST", tried.join(", "))]
    NotFound {
        /// Paths of the sockets.
        tried: Vec<String>,
    },
    /// The chosen docker context has no description or no address.
    #[error("the docker context `{name}` has no engine: choose another with `docker context use`, or set DOCKER_HOST")]
    NoContext {
        /// Name of the context.
        name: String,
    },
    /// The address has a scheme that the client can't connect to.
    #[error(
        "the engine address {endpoint} is not supported (blackout connects to unix://, tcp:// and https://): forward \
         the engine's socket (`ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`) and set \
         DOCKER_HOST=unix:///tmp/docker.sock"
    )]
    Unsupported {
        /// Address of the engine.
        endpoint: String,
    },
    /// The address asks for TLS without verification of the certificate.
    #[error(
        "the engine at {endpoint} asks for TLS without verification of its certificate (DOCKER_TLS, or a context with \
         SkipTLSVerify), which blackout refuses: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with \
         ca.pem, cert.pem and key.pem"
    )]
    UnverifiedTls {
        /// Address of the engine.
        endpoint: String,
    },
    /// The address asks for TLS, and its certificates can't be read.
    #[error(
        "the engine at {endpoint} asks for TLS, and its certificates cannot be read ({}): set DOCKER_CERT_PATH to the \
         folder with ca.pem, cert.pem and key.pem, or recreate the context with `docker context create`",
        source.as_ref().map_or_else(|| "no folder is set".to_owned(), ToString::to_string)
    )]
    NoCertificates {
        /// Address of the engine.
        endpoint: String,
        /// Error of the file. `None` if no folder is set.
        source: Option<SmallFileError>,
    },
    /// The TLS handshake failed.
    #[error(
        "TLS handshake with the engine at {endpoint} failed ({source}): correct the certificates in DOCKER_CERT_PATH \
         or in the docker context"
    )]
    Tls {
        /// Address of the engine.
        endpoint: String,
        /// Error of the handshake.
        source: rustls::Error,
    },
    /// A file of docker's configuration is not a small regular file.
    #[error("docker's configuration cannot be read: {source}")]
    Configuration {
        /// Error of the file.
        source: SmallFileError,
    },
    /// The file system of docker's configuration does not answer.
    #[error("docker's configuration cannot be read: {source}")]
    SlowFileSystem {
        /// Error of the read.
        source: SlowFileSystem,
    },
    /// The socket does not exist, or nothing listens on it.
    #[error("no container engine listens at {endpoint}: start Docker, or correct DOCKER_HOST")]
    NotRunning {
        /// Address of the engine.
        endpoint: String,
    },
    /// Permission to open the socket is missing.
    #[error(
        "permission denied to open {endpoint}: add yourself to the docker group (`sudo usermod -aG docker $USER`) and \
         log in again, or run blackout with sudo"
    )]
    PermissionDenied {
        /// Address of the engine.
        endpoint: String,
    },
    /// The engine did not answer in time.
    #[error(
        "the container engine at {endpoint} does not answer (timed out after {seconds} s): it may be starting, or hang"
    )]
    Timeout {
        /// Address of the engine.
        endpoint: String,
        /// Time limit of the request, in seconds.
        seconds: u64,
    },
    /// The engine closed the connection before the end of its answer.
    #[error("the container engine at {endpoint} closed the connection: it may be restarting")]
    Closed {
        /// Address of the engine.
        endpoint: String,
    },
    /// The engine answered with an error status.
    #[error("the container engine failed to {operation}: {message}")]
    Rejected {
        /// Operation that failed, such as `stop demo-control-plane`.
        operation: String,
        /// HTTP status of the answer.
        status: u16,
        /// Message of the engine.
        message: String,
    },
    /// Any other failure of the request.
    #[error("the container engine at {endpoint} failed to {operation}: {source}")]
    Request {
        /// Address of the engine.
        endpoint: String,
        /// Operation that failed, such as `stop demo-control-plane`.
        operation: String,
        /// Error of the client library.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl EngineError {
    /// Whether the engine answered that the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Rejected { status: 404, .. })
    }

    /// Whether the engine answered, with a refusal: without an answer the operation may still be under way.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Rejected { .. })
    }

    /// Converts an error of bollard. `operation` completes "the engine failed to"; `timeout` is the client's.
    pub(super) fn from_bollard(endpoint: String, operation: &str, timeout: Duration, error: BollardError) -> Self {
        if let Some(source) = error_chain::iter(&error).find_map(|error| error.downcast_ref::<rustls::Error>()) {
            return Self::Tls { endpoint, source: source.clone() };
        }
        match error {
            BollardError::DockerResponseServerError { status_code: status, message } => {
                Self::Rejected { operation: operation.to_owned(), status, message: message.trim().to_owned() }
            }
            BollardError::RequestTimeoutError => Self::Timeout { endpoint, seconds: timeout.as_secs() },
            BollardError::SocketNotFoundError(_) => Self::NotRunning { endpoint },
            BollardError::UnsupportedURISchemeError { .. } => Self::Unsupported { endpoint },
            error => {
                use io::ErrorKind as Kind;
                let kind = error_chain::iter(&error).find_map(io_kind);
                match kind {
                    Some(Kind::PermissionDenied) => Self::PermissionDenied { endpoint },
                    Some(Kind::NotFound | Kind::ConnectionRefused) => Self::NotRunning { endpoint },
                    Some(Kind::ConnectionReset | Kind::BrokenPipe | Kind::UnexpectedEof) => Self::Closed { endpoint },
                    _ => Self::Request { endpoint, operation: operation.to_owned(), source: error.into() },
                }
            }
        }
    }
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return Some(error.kind()).filter(|kind| *kind != io::ErrorKind::Other);
    }
    let incomplete = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
    incomplete.then_some(io::ErrorKind::UnexpectedEof)
}
