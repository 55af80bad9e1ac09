//! Fault injection for the control planes of one cluster.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::query_parameters::{
    KillContainerOptionsBuilder, StopContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::{
    error::FaultError,
    manifest, network,
    network_address::NetworkAddress,
    target::{self, ContainerTarget},
};
use crate::{
    engine::{Engine, EngineClient, Exec},
    observation::{Cluster, FaultAction},
};

/// Seconds between SIGTERM and SIGKILL (the default of `docker stop`). Kubelet connections are refused during this
/// time.
pub const STOP_SECONDS: i32 = 10;

/// Time limit of a fault: a stop that ends in SIGKILL takes [`STOP_SECONDS`] plus slack for a busy disk.
const FAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// Time limit of an inspection. The engine answers it from memory.
const INSPECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit of a script in the container: it moves one file, on a machine that may be busy starting.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(20);

/// Injects faults into the control planes of one cluster. Clones share the remembered networks.
#[derive(Debug, Clone)]
pub struct FaultInjector {
    pub(super) engine: Engine,
    cluster: String,
    /// Networks of detached containers by container id, to give them their addresses back.
    detached: Arc<Mutex<HashMap<String, Vec<NetworkAddress>>>>,
}

impl FaultInjector {
    /// Creates an injector for a cluster.
    pub fn new(engine: Engine, cluster: &Cluster) -> Self {
        Self::for_cluster(engine, cluster.name.clone())
    }

    /// Creates an injector for a cluster of which only the name is known, as from an intent.
    pub fn for_cluster(engine: Engine, cluster: impl Into<String>) -> Self {
        Self { engine, cluster: cluster.into(), detached: Arc::default() }
    }

    /// Describes a container, if it is a control-plane node of the cluster, within `INSPECT_TIMEOUT`.
    ///
    /// # Errors
    ///
    /// Fails if the container does not exist or is not the cluster's, or if the engine can't be reached.
    pub async fn inspect(&self, container: &str) -> Result<ContainerTarget, FaultError> {
        let client = self.engine.client_with_timeout(INSPECT_TIMEOUT).await?;
        target::inspect(&client, &self.cluster, container).await
    }

    /// Waits up to `timeout` for the container to stop. Returns whether it stopped.
    ///
    /// # Errors
    ///
    /// Fails if the container does not exist or is not the cluster's, or if the engine can't be reached.
    pub async fn wait_until_stopped(&self, container: &str, timeout: Duration) -> Result<bool, FaultError> {
        let target = self.inspect(container).await?;
        if !target.running {
            return Ok(true);
        }
        let client = self.engine.client_with_timeout(timeout).await?;
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut answers = client.docker().wait_container(&target.id, Some(options));
        // bollard returns an exit code other than 0 as an error, so only an inspection gives the state
        let _answer = tokio::time::timeout(timeout, answers.next()).await;
        Ok(!self.inspect(container).await?.running)
    }

    /// Whether the API server's manifest is in the folder that the kubelet watches.
    ///
    /// # Errors
    ///
    /// Fails if the engine can't be reached or the script fails, for example because the container is not running.
    pub async fn has_manifest(&self, target: &ContainerTarget) -> Result<bool, FaultError> {
        Ok(self.run_script(target, "look for the API server's manifest", manifest::check()).await? == manifest::PRESENT)
    }

    /// Performs an action on a container. Returns when the engine has done it: a stop takes [`STOP_SECONDS`] and more.
    ///
    /// # Errors
    ///
    /// Fails if the container does not exist or is not the cluster's, or if the engine can't be reached or refuses.
    pub async fn carry_out(&self, action: FaultAction, container: &str) -> Result<(), FaultError> {
        let target = self.inspect(container).await?;
        let client = self.engine.client_with_timeout(FAULT_TIMEOUT).await?;
        match action {
            FaultAction::Stop => stop(&client, &target).await,
            FaultAction::Kill => kill(&client, &target).await,
            FaultAction::Pause => pause(&client, &target).await,
            FaultAction::Disconnect => self.disconnect(&client, &target).await,
            FaultAction::Apiserver => {
                let operation = "move the API server's manifest aside";
                self.run_script(&target, operation, manifest::move_aside()).await.map(drop)
            }
            FaultAction::Restore => self.restore(container).await,
        }
    }

    async fn disconnect(&self, client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
        if target.networks.is_empty() {
            return Err(FaultError::NoNetwork { container: target.name.clone() });
        }
        // remembered first, so that a request that fails halfway can be undone completely
        self.remember_networks(&target.id, target.networks.clone());
        for address in &target.networks {
            network::disconnect(client, target, address).await?;
        }
        Ok(())
    }

    /// Runs a shell script in the container as root. Returns its trimmed output.
    pub(super) async fn run_script(
        &self,
        target: &ContainerTarget,
        operation: &'static str,
        script: String,
    ) -> Result<String, FaultError> {
        let command = vec!["sh".to_owned(), "-c".to_owned(), script];
        let client = self.engine.client_with_timeout(SCRIPT_TIMEOUT).await?;
        let output = Exec::run(&client, &target.id, command).await?;
        if output.code == 0 {
            return Ok(output.stdout);
        }
        let message = output.error_message().to_owned();
        Err(FaultError::Script { operation, container: target.name.clone(), code: output.code, message })
    }

    /// Remembers the networks that a container is to be attached to by a restore, for example those read from an
    /// intent.
    pub fn remember_networks(&self, id: &str, networks: Vec<NetworkAddress>) {
        let mut detached = self.detached.lock().unwrap_or_else(PoisonError::into_inner);
        detached.insert(id.to_owned(), networks);
    }

    /// Networks that a container is to be attached to; empty if none are remembered.
    pub(super) fn remembered_networks(&self, id: &str) -> Vec<NetworkAddress> {
        let detached = self.detached.lock().unwrap_or_else(PoisonError::into_inner);
        detached.get(id).cloned().unwrap_or_default()
    }
}

async fn stop(client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
    let options = StopContainerOptionsBuilder::new().t(STOP_SECONDS).build();
    let stopped = client.docker().stop_container(&target.id, Some(options));
    Ok(client.request(&format!("stop {}", target.name), stopped).await?)
}

async fn kill(client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
    let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
    let killed = client.docker().kill_container(&target.id, Some(options));
    Ok(client.request(&format!("kill {}", target.name), killed).await?)
}

async fn pause(client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
    let paused = client.docker().pause_container(&target.id);
    Ok(client.request(&format!("pause {}", target.name), paused).await?)
}
