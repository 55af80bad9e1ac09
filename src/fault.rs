//! Faults of the control plane, and their undoing, through the container engine.
//!
//! Before each one the container is inspected, and what follows is done to that very container, by its id: a container
//! without the chosen cluster's labels, or that is no control plane, is never touched. Asks nobody, retries nothing and
//! waits for no readiness: the confirmation is the caller's, the rest is the guard's.

mod error;
mod network;
mod restore;
mod target;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::query_parameters::{
    KillContainerOptionsBuilder, StopContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use crate::{
    engine::{Engine, EngineClient, Exec},
    observation::{Cluster, FaultAction},
};

pub use error::FaultError;
pub use network::NetworkAddress;
pub use target::ContainerTarget;

/// Seconds between a stop's signal and its end by force; what `docker stop` gives, and the length of the phase in
/// which the kubelets are refused.
pub const STOP_SECONDS: i32 = 10;

/// How long the engine may take for a fault: a stop that has to kill takes [`STOP_SECONDS`] and what the disk needs.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the engine may take for each step of a restore; a start took 0.8 s on the slowest machine measured.
const START: Duration = Duration::from_secs(60);
/// How long the engine may take for an inspection, which reads its memory only.
const INSPECT: Duration = Duration::from_secs(5);
/// How long a script in the container may take: it moves one file, on a machine that may be busy starting.
const SCRIPT: Duration = Duration::from_secs(20);

/// Where kind's node keeps the API server's static pod, and where it is put aside.
pub(crate) const MANIFEST: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
/// Not in the folder that the kubelet watches.
pub(crate) const MANIFEST_ASIDE: &str = "/etc/kubernetes/kube-apiserver.yaml.blackout";

/// Does deeds to one cluster's control planes. Copies share what they remember.
#[derive(Debug, Clone)]
pub struct FaultInjector {
    engine: Engine,
    cluster: String,
    /// The networks of containers that were cut off, by id, to give them their addresses back.
    cut_off: Arc<Mutex<HashMap<String, Vec<NetworkAddress>>>>,
}

impl FaultInjector {
    /// For one cluster, and no other.
    pub fn new(engine: Engine, cluster: &Cluster) -> Self {
        Self::for_cluster(engine, cluster.name.clone())
    }

    /// For the cluster of this name, and no other.
    pub fn for_cluster(engine: Engine, cluster: impl Into<String>) -> Self {
        Self { engine, cluster: cluster.into(), cut_off: Arc::default() }
    }

    /// Describes the container, if it is a control plane of the cluster. Takes 5 s at most.
    ///
    /// # Errors
    /// The container is gone or not the cluster's, or the engine cannot be asked.
    pub async fn inspect(&self, container: &str) -> Result<ContainerTarget, FaultError> {
        target::admit(&self.engine.patient_client(INSPECT).await?, &self.cluster, container).await
    }

    /// Waits until the container does not run, for `bound` at most. Returns whether it does not.
    ///
    /// # Errors
    /// The container is gone or not the cluster's, or the engine cannot be asked.
    pub async fn wait_until_stopped(&self, container: &str, bound: Duration) -> Result<bool, FaultError> {
        let target = self.inspect(container).await?;
        if !target.running {
            return Ok(true);
        }
        let client = self.engine.patient_client(bound).await?;
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut answers = client.docker().wait_container(&target.id, Some(options));
        // the answer is the exit code, an error where it is not 0 (bollard): either way only an inspection tells
        let _answer = tokio::time::timeout(bound, answers.next()).await;
        Ok(!self.inspect(container).await?.running)
    }

    /// Whether the API server's manifest is where the kubelet looks for it.
    ///
    /// # Errors
    /// The engine cannot be asked, or the command fails, as in a container that does not run.
    pub async fn has_manifest(&self, target: &ContainerTarget) -> Result<bool, FaultError> {
        let script = format!("[ ! -e {MANIFEST} ] || echo there");
        Ok(self.shell(target, "look for the API server's manifest", script).await? == "there")
    }

    /// Does `deed` to `container`, and returns when the engine says it is done: a stop takes up to eleven seconds.
    ///
    /// # Errors
    /// The container is gone or not the cluster's, or the engine cannot be asked or refuses.
    pub async fn carry_out(&self, deed: FaultAction, container: &str) -> Result<(), FaultError> {
        let target = self.inspect(container).await?;
        let client = self.engine.patient_client(PATIENCE).await?;
        match deed {
            FaultAction::Stop => self.stop(&client, &target).await,
            FaultAction::Kill => self.kill(&client, &target).await,
            FaultAction::Pause => self.pause(&client, &target).await,
            FaultAction::Disconnect => self.disconnect(&client, &target).await,
            FaultAction::Apiserver => self.apiserver(&target).await,
            FaultAction::Restore => self.restore(container).await,
        }
    }

    async fn stop(&self, client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
        let options = StopContainerOptionsBuilder::new().t(STOP_SECONDS).build();
        let stopped = client.docker().stop_container(&target.id, Some(options));
        Ok(client.ask(&format!("stop {}", target.name), stopped).await?)
    }

    async fn kill(&self, client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = client.docker().kill_container(&target.id, Some(options));
        Ok(client.ask(&format!("kill {}", target.name), killed).await?)
    }

    async fn pause(&self, client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
        let paused = client.docker().pause_container(&target.id);
        Ok(client.ask(&format!("pause {}", target.name), paused).await?)
    }

    async fn disconnect(&self, client: &EngineClient, target: &ContainerTarget) -> Result<(), FaultError> {
        if target.networks.is_empty() {
            return Err(FaultError::NoNetwork { container: target.name.clone() });
        }
        // remembered before it is done: a request that fails half-way is to be undone whole
        self.remember(target);
        for address in &target.networks {
            network::disconnect(client, target, address).await?;
        }
        Ok(())
    }

    async fn apiserver(&self, target: &ContainerTarget) -> Result<(), FaultError> {
        let script =
            format!("[ -e {MANIFEST} ] || [ ! -e {MANIFEST_ASIDE} ] || exit 0; mv {MANIFEST} {MANIFEST_ASIDE}");
        self.shell(target, "put the API server's manifest aside", script).await.map(drop)
    }

    /// Runs a script in the container, as root; its output.
    async fn shell(&self, target: &ContainerTarget, what: &'static str, script: String) -> Result<String, FaultError> {
        let command = vec!["sh".to_owned(), "-c".to_owned(), script];
        let client = self.engine.patient_client(SCRIPT).await?;
        let output = Exec::run(&client, &target.id, command).await?;
        if output.code == 0 {
            return Ok(output.text);
        }
        let words = output.complaint().to_owned();
        Err(FaultError::Script { what, container: target.name.clone(), code: output.code, words })
    }

    fn remember(&self, target: &ContainerTarget) {
        self.remember_networks(&target.id, target.networks.clone());
    }

    /// Remembers the networks and addresses that a container has to get back; an earlier process may have known them.
    pub fn remember_networks(&self, id: &str, networks: Vec<NetworkAddress>) {
        let mut cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        cut_off.insert(id.to_owned(), networks);
    }

    /// The networks that a container has to get back; empty if none are known.
    fn remembered(&self, id: &str) -> Vec<NetworkAddress> {
        let cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        cut_off.get(id).cloned().unwrap_or_default()
    }
}
