//! The container engine: where it is, how to ask it something, and what to tell a person when it cannot be asked.
//!
//! An [`Engine`] is a way to find the engine, not a connection to it: every [`Engine::client`] looks again, so an
//! engine that is started, moved or replaced later is found. Every question has a bound, so nothing waits for an
//! engine that hangs. What is asked, and what the answers mean, is no business of this module.

mod endpoint;
mod error;
mod exec;

use std::{future::Future, sync::Arc, time::Duration};

use bollard::Docker;

pub use endpoint::{Endpoint, Environment};
pub use error::EngineError;
pub(crate) use exec::{Exec, Streams};

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
    environment: Arc<Environment>,
}

impl Engine {
    /// The engine that `docker` would use: `DOCKER_HOST`, the current docker context, or a socket in a usual place.
    pub fn from_environment() -> Self {
        Self { environment: Arc::new(Environment::of_this_process()) }
    }

    /// The engine at one address: `unix:///path`, `tcp://host:port` or `http://host:port`.
    pub fn at(host: impl Into<String>) -> Self {
        Self { environment: Arc::new(Environment { docker_host: Some(host.into()), ..Environment::default() }) }
    }

    /// The engine that `docker` would use in this environment.
    pub fn in_environment(environment: Environment) -> Self {
        Self { environment: Arc::new(environment) }
    }

    /// Where the engine is, as of now.
    pub fn endpoint(&self) -> Result<Endpoint, EngineError> {
        self.environment.endpoint()
    }

    /// Asks for a sign of life; takes two seconds at most.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.client()?.ping().await
    }

    /// A handle for questions; connects when something is asked, anew for each question.
    pub(crate) fn client(&self) -> Result<Client, EngineError> {
        self.client_for(ANSWER)
    }

    /// A handle for requests that take their time: the engine answers a stop when the stop is over.
    pub(crate) fn patient_client(&self, patience: Duration) -> Result<Client, EngineError> {
        self.client_for(patience)
    }

    fn client_for(&self, bound: Duration) -> Result<Client, EngineError> {
        let endpoint = self.endpoint()?;
        let docker = Docker::connect_with_host(endpoint.host())
            .map_err(|error| EngineError::from_bollard(&endpoint, "connect", error))?
            .with_timeout(bound);
        Ok(Client { docker, endpoint, bound })
    }
}

/// A handle on the engine at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    docker: Docker,
    endpoint: Endpoint,
    bound: Duration,
}

impl Client {
    /// The client of the engine's library, for what [`Client::ask`] cannot do.
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
