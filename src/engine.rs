//! Access to the container engine (Docker, or Podman's compatible API).
//!
//! An [`Engine`] holds the rules for locating the engine, not a connection: each [`Engine::client`] locates it anew, so
//! that an engine is found that was started, moved or replaced later. Each request has a time limit, so that nothing
//! waits for an engine that hangs. What to request, and what an answer means, is up to the callers.

mod client;
mod docker_context;
mod endpoint;
mod environment;
mod error;
mod exec;
mod sockets;

use std::{sync::Arc, time::Duration};

pub(crate) use client::EngineClient;
pub use endpoint::{Endpoint, TlsFiles};
pub use environment::EngineEnvironment;
pub use error::EngineError;
pub(crate) use exec::{Exec, ExecStreams};

use crate::small_file;

/// Label of a container with the name of its kind cluster (`pkg/cluster/constants` in kind).
pub const CLUSTER_LABEL: &str = "io.x-k8s.kind.cluster";

/// Label of a container with its role in the kind cluster (`pkg/cluster/constants` in kind).
pub const ROLE_LABEL: &str = "io.x-k8s.kind.role";

/// Time limit of an ordinary request: 5 s, several times what a busy engine needs to answer from memory.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Rules for locating the container engine. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Engine {
    environment: Arc<EngineEnvironment>,
}

impl From<EngineEnvironment> for Engine {
    fn from(environment: EngineEnvironment) -> Self {
        Self { environment: Arc::new(environment) }
    }
}

impl Engine {
    /// The engine that the `docker` command would use: `DOCKER_HOST`, the current docker context, or a default socket.
    pub fn from_environment() -> Self {
        EngineEnvironment::of_this_process().into()
    }

    /// The engine at one address without TLS: `unix:///path`, `tcp://host:port` or `http://host:port`.
    pub fn at(host: impl Into<String>) -> Self {
        EngineEnvironment { docker_host: Some(host.into()), ..EngineEnvironment::default() }.into()
    }

    /// Checks that the engine answers, within 2 s.
    ///
    /// # Errors
    ///
    /// Fails if the engine is not found or does not answer in time.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.client().await?.ping().await
    }

    /// Returns a client whose requests may take 5 s. It connects anew for each request.
    ///
    /// # Errors
    ///
    /// Fails if the engine is not found.
    pub(crate) async fn client(&self) -> Result<EngineClient, EngineError> {
        self.client_with_timeout(REQUEST_TIMEOUT).await
    }

    /// Returns a client with another time limit, for requests that the engine answers late: a stop when it is over.
    ///
    /// # Errors
    ///
    /// Fails if the engine is not found.
    pub(crate) async fn client_with_timeout(&self, timeout: Duration) -> Result<EngineClient, EngineError> {
        let environment = Arc::clone(&self.environment);
        // Reads docker's configuration and, for TLS, the certificates of the system.
        let connect = small_file::bounded(move || EngineClient::connect(environment.endpoint()?, timeout));
        connect.await.map_err(|source| EngineError::SlowFileSystem { source })?
    }
}
