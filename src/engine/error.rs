//! Why the engine could not be asked, in words for a person: what happened, to what, what to do about it.
//!
//! The text of an error is the same each time the same thing fails, so that it is said once.

use std::{error::Error, io};

use super::Endpoint;
use crate::small_file::{SlowFileSystem, SmallFileError};

/// Why the engine could not be asked, or what it answered instead.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No socket in any of the usual places.
    #[error("no container engine was found (looked at {}): start Docker, or set DOCKER_HOST", tried.join(", "))]
    NotFound {
        /// Where it was looked for.
        tried: Vec<String>,
    },
    /// The current docker context has no description.
    #[error("the docker context `{name}` has no engine: choose another with `docker context use`, or set DOCKER_HOST")]
    NoContext {
        /// Name of the context.
        name: String,
    },
    /// An address that this program cannot speak to.
    #[error(
        "the engine at {endpoint} cannot be reached in this way (blackout speaks unix://, tcp:// and https://): forward \
         its socket (`ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`) and set DOCKER_HOST=unix:///tmp/docker.sock"
    )]
    Unsupported {
        /// Address of the engine.
        endpoint: String,
    },
    /// TLS without a look at the certificate.
    #[error(
        "the engine at {endpoint} is to be reached by TLS without a look at its certificate (DOCKER_TLS or a context with \
         SkipTLSVerify), which blackout does not do: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the folder of ca.pem, \
         cert.pem and key.pem"
    )]
    Unverified {
        /// Address of the engine.
        endpoint: String,
    },
    /// TLS without certificates.
    #[error(
        "the engine at {endpoint} is to be reached by TLS, and its certificates cannot be read ({}): set DOCKER_CERT_PATH to \
         the folder of ca.pem, cert.pem and key.pem, or make the context anew with `docker context create`",
        source.as_ref().map_or_else(|| "no folder is known".to_owned(), ToString::to_string)
    )]
    NoCertificates {
        /// Address of the engine.
        endpoint: String,
        /// Why. `None` if there is no folder to look in.
        source: Option<SmallFileError>,
    },
    /// The handshake failed.
    #[error(
        "TLS with the engine at {endpoint} failed ({source}): correct the certificates in DOCKER_CERT_PATH or in the docker \
         context"
    )]
    Tls {
        /// Address of the engine.
        endpoint: String,
        /// What TLS says.
        source: rustls::Error,
    },
    /// A file of docker's configuration is none.
    #[error("docker's configuration cannot be read: {source}")]
    Configuration {
        /// The file, and what is wrong with it.
        source: SmallFileError,
    },
    /// The file system of docker's configuration is stuck.
    #[error("docker's configuration cannot be read: {source}")]
    Slow {
        /// The error.
        source: SlowFileSystem,
    },
    /// The socket that was named does not exist, or nobody listens on it.
    #[error("no container engine listens at {endpoint}: start Docker, or correct DOCKER_HOST")]
    NotRunning {
        /// Address of the engine.
        endpoint: String,
    },
    /// The socket may not be opened.
    #[error(
        "not allowed to open {endpoint}: add yourself to the docker group (`sudo usermod -aG docker $USER`) and log in \
         again, or run blackout with sudo"
    )]
    NotAllowed {
        /// Address of the engine.
        endpoint: String,
    },
    /// No answer in time.
    #[error(
        "the container engine at {endpoint} does not answer (waited {seconds} s): is it starting, or does it hang?"
    )]
    Silent {
        /// Address of the engine.
        endpoint: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection ended in the middle.
    #[error("the container engine at {endpoint} closed the connection: it may be restarting")]
    Closed {
        /// Address of the engine.
        endpoint: String,
    },
    /// The engine says that it cannot do it.
    #[error("the container engine failed to {what}: {message}")]
    Refused {
        /// What was asked.
        what: String,
        /// HTTP status of the answer.
        status: u16,
        /// The engine's words.
        message: String,
    },
    /// Something else went wrong on the way.
    #[error("the container engine at {endpoint} failed to {what}: {source}")]
    Request {
        /// Address of the engine.
        endpoint: String,
        /// What was asked.
        what: String,
        /// The library's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl EngineError {
    /// Whether the engine answered that it has no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the engine itself answered: it is there, and cannot do what was asked.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    pub(super) fn from_bollard(endpoint: &Endpoint, what: &str, error: bollard::errors::Error) -> Self {
        use bollard::errors::Error as Bollard;
        let endpoint = endpoint.to_string();
        if let Some(source) = tls(&error) {
            return Self::Tls { endpoint, source };
        }
        match error {
            Bollard::DockerResponseServerError { status_code: status, message } => {
                Self::Refused { what: what.to_owned(), status, message: message.trim().to_owned() }
            }
            Bollard::RequestTimeoutError => Self::Silent { endpoint, seconds: super::ANSWER.as_secs() },
            Bollard::SocketNotFoundError(_) => Self::NotRunning { endpoint },
            Bollard::UnsupportedURISchemeError { .. } => Self::Unsupported { endpoint },
            error => match io_kind(&error) {
                Some(io::ErrorKind::PermissionDenied) => Self::NotAllowed { endpoint },
                Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Self::NotRunning { endpoint },
                Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
                    Self::Closed { endpoint }
                }
                _ => Self::Request { endpoint, what: what.to_owned(), source: error.into() },
            },
        }
    }
}

/// What TLS says of a connection that failed. `None` if something else failed.
fn tls(error: &(dyn Error + 'static)) -> Option<rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(error.clone());
        }
        // the cause of a wrapped io error is the cause of what it wraps: step inside instead
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() != io::ErrorKind::Other
        {
            return Some(error.kind());
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && error.is_incomplete_message()
        {
            return Some(io::ErrorKind::UnexpectedEof);
        }
        next = error.source();
    }
    None
}
