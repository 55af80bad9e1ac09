//! Client of the engine at one endpoint.

use std::{future::Future, time::Duration};

use bollard::{API_DEFAULT_VERSION, Docker};

use super::{endpoint::Endpoint, error::EngineError};

/// Longest wait for the answer to a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Client of the engine at one endpoint. Connects when a request is sent.
#[derive(Debug, Clone)]
pub(crate) struct EngineClient {
    docker: Docker,
    endpoint: Endpoint,
    timeout: Duration,
}

impl EngineClient {
    /// Creates a client; blocks on the file system if the endpoint has certificates.
    pub(super) fn connect(endpoint: Endpoint, timeout: Duration) -> Result<Self, EngineError> {
        let docker = docker(&endpoint, timeout)
            .map_err(|error| EngineError::from_bollard(endpoint.to_string(), "connect", timeout, error))?;
        Ok(Self { docker: docker.with_timeout(timeout), endpoint, timeout })
    }

    /// The bollard client, whose futures are passed to [`EngineClient::request`].
    pub(crate) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Time limit of a request.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Checks that the engine answers.
    pub(crate) async fn ping(&self) -> Result<(), EngineError> {
        self.within(PING_TIMEOUT, "answer a ping", self.docker.ping()).await.map(drop)
    }

    /// Waits for an answer, headers and body, within the client's time limit. `operation` completes "the engine failed
    /// to".
    pub(crate) async fn request<T>(
        &self,
        operation: &str,
        answer: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        self.within(self.timeout, operation, answer).await
    }

    /// Converts an error of bollard. `operation` completes "the engine failed to".
    pub(crate) fn error(&self, operation: &str, error: bollard::errors::Error) -> EngineError {
        EngineError::from_bollard(self.endpoint.to_string(), operation, self.timeout, error)
    }

    /// Error for a stream that the engine ended.
    pub(crate) fn closed(&self) -> EngineError {
        EngineError::Closed { endpoint: self.endpoint.to_string() }
    }

    /// Error for a request that exceeded `timeout`.
    pub(super) fn timed_out(&self, timeout: Duration) -> EngineError {
        EngineError::Timeout { endpoint: self.endpoint.to_string(), seconds: timeout.as_secs() }
    }

    async fn within<T>(
        &self,
        timeout: Duration,
        operation: &str,
        answer: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        match tokio::time::timeout(timeout, answer).await {
            Ok(answer) => answer.map_err(|error| self.error(operation, error)),
            Err(_elapsed) => Err(self.timed_out(timeout)),
        }
    }
}

fn docker(endpoint: &Endpoint, timeout: Duration) -> Result<Docker, bollard::errors::Error> {
    let (host, seconds) = (endpoint.host(), timeout.as_secs());
    if let Some(files) = endpoint.tls() {
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        // bollard takes `tcp://` or no scheme for TLS, but not `http://`.
        let address = host.strip_prefix("http://").unwrap_or(host);
        return Docker::connect_with_ssl(address, &files.key, &files.cert, &files.ca, seconds, API_DEFAULT_VERSION);
    }
    // `connect_with_host` would use TLS for `tcp://` if `DOCKER_TLS_VERIFY` is set, also for a context.
    if host.starts_with("tcp://") || host.starts_with("http://") {
        return Docker::connect_with_http(host, seconds, API_DEFAULT_VERSION);
    }
    Docker::connect_with_host(host)
}
