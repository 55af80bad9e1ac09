//! The container engine: where it is, how to ask it something, and what to tell a person when it cannot be asked.
//!
//! An [`Engine`] is a way to find the engine, not a connection to it: every [`Engine::client`] looks again, so an
//! engine that is started, moved or replaced later is found. Every question has a bound, so nothing waits for an
//! engine that hangs. What is asked, and what the answers mean, is no business of this module.

mod endpoint;
mod error;
mod exec;

use std::{future::Future, sync::Arc, time::Duration};

use bollard::{API_DEFAULT_VERSION, Docker};

pub use endpoint::{Endpoint, EngineEnvironment, TlsFiles};
pub use error::EngineError;
pub(crate) use exec::{Exec, ExecStreams};

use crate::small_file;

/// The label that holds the name of the kind cluster a container belongs to.
pub const CLUSTER_LABEL: &str = "io.x-k8s.kind.cluster";
/// The label that holds what a container is in its kind cluster.
pub const ROLE_LABEL: &str = "io.x-k8s.kind.role";

/// The longest wait for a first sign of life.
const CONNECT: Duration = Duration::from_secs(2);
/// The longest wait for an ordinary answer.
const ANSWER: Duration = Duration::from_secs(5);

/// A way to find the container engine. Copies are cheap, and no copy waits for another.
#[derive(Debug, Clone)]
pub struct Engine {
    environment: Arc<EngineEnvironment>,
}

impl Engine {
    /// The engine that `docker` would use: `DOCKER_HOST`, the current docker context, or a socket in a usual place.
    pub fn from_environment() -> Self {
        Self { environment: Arc::new(EngineEnvironment::of_this_process()) }
    }

    /// The engine at one address without TLS: `unix:///path`, `tcp://host:port` or `http://host:port`.
    pub fn at(host: impl Into<String>) -> Self {
        Self {
            environment: Arc::new(EngineEnvironment { docker_host: Some(host.into()), ..EngineEnvironment::default() }),
        }
    }

    /// The engine that `docker` would use in this environment.
    pub fn in_environment(environment: EngineEnvironment) -> Self {
        Self { environment: Arc::new(environment) }
    }

    /// Asks for a sign of life; takes two seconds at most.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.client().await?.ping().await
    }

    /// A handle for questions; connects when something is asked, anew for each question.
    pub(crate) async fn client(&self) -> Result<EngineClient, EngineError> {
        self.client_for(ANSWER).await
    }

    /// A handle for requests that take their time: the engine answers a stop when the stop is over.
    pub(crate) async fn patient_client(&self, patience: Duration) -> Result<EngineClient, EngineError> {
        self.client_for(patience).await
    }

    async fn client_for(&self, bound: Duration) -> Result<EngineClient, EngineError> {
        let environment = Arc::clone(&self.environment);
        // reads docker's configuration, and the certificates of the system where there is TLS
        let made = small_file::bounded(move || {
            let endpoint = environment.endpoint()?;
            let docker = connect(&endpoint).map_err(|error| EngineError::from_bollard(&endpoint, "connect", error))?;
            Ok::<_, EngineError>((docker, endpoint))
        });
        let (docker, endpoint) = made.await.map_err(|source| EngineError::Slow { source })??;
        Ok(EngineClient { docker: docker.with_timeout(bound), endpoint, bound })
    }
}

/// The library's client for an address. What the library would make of the environment is decided in `endpoint`.
fn connect(endpoint: &Endpoint) -> Result<Docker, bollard::errors::Error> {
    /// Seconds; each client sets its own.
    const TIMEOUT: u64 = 120;
    let host = endpoint.host();
    if let Some(files) = endpoint.tls() {
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        // the library knows the scheme of TLS only without one
        let address = host.strip_prefix("http://").unwrap_or(host);
        return Docker::connect_with_ssl(address, &files.key, &files.cert, &files.ca, TIMEOUT, API_DEFAULT_VERSION);
    }
    if host.starts_with("tcp://") || host.starts_with("http://") {
        return Docker::connect_with_http(host, TIMEOUT, API_DEFAULT_VERSION);
    }
    Docker::connect_with_host(host)
}

/// A handle on the engine at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct EngineClient {
    docker: Docker,
    endpoint: Endpoint,
    bound: Duration,
}

impl EngineClient {
    /// The client of the engine's library, for what [`EngineClient::ask`] cannot do.
    pub(crate) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Asks for a sign of life.
    pub(crate) async fn ping(&self) -> Result<(), EngineError> {
        self.within(CONNECT, "answer a ping", self.docker.ping()).await.map(drop)
    }

    /// Waits for an answer, headers and body, for as long as this handle has patience. `what` completes "it failed to".
    pub(crate) async fn ask<T>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        self.within(self.bound, what, answer).await
    }

    /// What an error of the library, met by this handle, means.
    pub(crate) fn explain(&self, what: &str, error: bollard::errors::Error) -> EngineError {
        EngineError::from_bollard(&self.endpoint, what, error)
    }

    /// The engine was here and closed the connection.
    pub(crate) fn gone(&self) -> EngineError {
        EngineError::Closed { endpoint: self.endpoint.to_string() }
    }

    async fn within<T>(
        &self,
        bound: Duration,
        what: &str,
        answer: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        match tokio::time::timeout(bound, answer).await {
            Ok(answer) => answer.map_err(|error| self.explain(what, error)),
            Err(_elapsed) => Err(EngineError::Silent { endpoint: self.endpoint.to_string(), seconds: bound.as_secs() }),
        }
    }
}
