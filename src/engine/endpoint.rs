//! Address of an engine, with the certificates that it needs.
//!
//! An address that asks for TLS never becomes one without: it has its certificates, or it is refused. Blocks on the
//! file system.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{error::EngineError, sockets};
use crate::small_file::{SmallFileError, read_regular};

/// Longest certificate or key that is read, in bytes; usual ones have some 10 kB.
const MAX_CERTIFICATE: u64 = 1 << 20;

/// Schemes that the client can connect to.
const SCHEMES: [&str; 5] = ["unix://", "tcp://", "http://", "https://", "npipe://"];

/// Address of an engine in a form that the client can connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    tls: Option<TlsFiles>,
}

/// Paths of the certificates for an engine behind TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Authority of the engine's certificate.
    pub ca: PathBuf,
    /// Certificate of the client.
    pub cert: PathBuf,
    /// Key of the client's certificate.
    pub key: PathBuf,
}

impl TlsFiles {
    /// The files in `folder` by the names that docker gives them.
    pub(super) fn in_folder(folder: &Path) -> Self {
        let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| folder.join(name));
        Self { ca, cert, key }
    }

    /// Checks that the files are small regular ones, because bollard reads whatever the paths name at each connection.
    fn check(&self) -> Result<(), SmallFileError> {
        read_regular(&self.ca, MAX_CERTIFICATE)?;
        for path in [&self.cert, &self.key] {
            match read_regular(path, MAX_CERTIFICATE) {
                // Only an engine that verifies its clients needs them.
                Err(error) if error.is_not_found() => {}
                read => drop(read?),
            }
        }
        Ok(())
    }
}

/// Whether an engine over the network is to be reached by TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// Plain HTTP, unless the address has the scheme `https://`.
    Off,
    /// TLS without verification of the engine's certificate, which is refused.
    Unverified,
    /// TLS with verification of the engine's certificate.
    Verified,
}

impl Endpoint {
    /// Parses an address. docker takes a bare path for a socket, and so does this.
    pub(super) fn parse(address: &str) -> Result<Self, EngineError> {
        let host = if address.starts_with('/') { format!("unix://{address}") } else { address.to_owned() };
        let endpoint = Self { host, tls: None };
        if !SCHEMES.iter().any(|scheme| endpoint.host.starts_with(scheme)) {
            return Err(EngineError::Unsupported { endpoint: endpoint.host });
        }
        match endpoint.host.strip_prefix("unix://") {
            Some(socket) if !sockets::exists(Path::new(socket)) => {
                Err(EngineError::NotRunning { endpoint: endpoint.to_string() })
            }
            _ => Ok(endpoint),
        }
    }

    /// Adds the certificates that the address needs. Does nothing for a local socket or pipe.
    pub(super) fn with_tls(self, mode: TlsMode, files: Option<TlsFiles>) -> Result<Self, EngineError> {
        let has_scheme = |scheme| self.host.starts_with(scheme);
        if !(has_scheme("tcp://") || has_scheme("http://") || has_scheme("https://")) {
            return Ok(self);
        }
        let mode = if mode == TlsMode::Off && has_scheme("https://") { TlsMode::Verified } else { mode };
        match (mode, files) {
            (TlsMode::Off, _) => Ok(self),
            (TlsMode::Unverified, _) => Err(EngineError::UnverifiedTls { endpoint: self.host }),
            (TlsMode::Verified, None) => Err(EngineError::NoCertificates { endpoint: self.host, source: None }),
            (TlsMode::Verified, Some(files)) => match files.check() {
                Ok(()) => Ok(Self { tls: Some(files), ..self }),
                Err(source) => Err(EngineError::NoCertificates { endpoint: self.host, source: Some(source) }),
            },
        }
    }

    /// The address as a URL, such as `unix:///var/run/docker.sock`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Certificates of the connection. `None` if it is without TLS.
    pub fn tls(&self) -> Option<&TlsFiles> {
        self.tls.as_ref()
    }
}

/// Shows the path of a socket, or the URL.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host.strip_prefix("unix://").unwrap_or(&self.host))
    }
}
