//! What is done to the control plane, and its undoing.
//!
//! Before every deed the container is inspected, and what follows is done to that very container, by its id: a
//! container without the chosen cluster's labels, or that is no control plane, is never touched. Restoring looks at
//! what is wrong and undoes that, whoever did it; when nothing is wrong it does nothing. It asks nobody: the
//! confirmation is the caller's.

mod error;
mod guard;
mod network;
mod restore;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::query_parameters::{KillContainerOptionsBuilder, StopContainerOptionsBuilder};

use crate::{
    engine::{Client, Engine, Exec},
    observation::{Cluster, Deed},
};

pub use error::FaultError;
use guard::Target;
use network::Address;

/// Seconds between a stop's signal and its end by force; what `docker stop` gives, and the length of the phase in
/// which the kubelets are refused.
pub const STOP_SECONDS: i32 = 10;

/// How long the engine may take for a deed: a stop that has to kill takes [`STOP_SECONDS`] and what the disk needs.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a script in the container may take: it moves one file, on a machine that may be busy starting.
const SCRIPT: Duration = Duration::from_secs(20);

/// Where kind's node keeps the API server's static pod, and where it is put aside.
pub(crate) const MANIFEST: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
/// Not in the folder that the kubelet watches.
pub(crate) const MANIFEST_ASIDE: &str = "/etc/kubernetes/kube-apiserver.yaml.blackout";

/// Does deeds to one cluster's control planes. Copies share what they remember.
#[derive(Debug, Clone)]
pub struct Fault {
    engine: Engine,
    cluster: String,
    /// The networks of containers that were cut off, by id, to give them their addresses back.
    cut_off: Arc<Mutex<HashMap<String, Vec<Address>>>>,
}

impl Fault {
    /// For one cluster, and no other.
    pub fn new(engine: Engine, cluster: &Cluster) -> Self {
        Self::for_cluster(engine, cluster.name.clone())
    }

    /// For the cluster of this name, and no other.
    pub fn for_cluster(engine: Engine, cluster: impl Into<String>) -> Self {
        Self { engine, cluster: cluster.into(), cut_off: Arc::default() }
    }

    /// Does it, and returns when the engine says it is done: a stop takes up to eleven seconds.
    pub async fn carry_out(&self, deed: Deed, container: &str) -> Result<(), FaultError> {
        let client = self.engine.patient_client(PATIENCE).await?;
        let target = guard::admit(&client, &self.cluster, container).await?;
        match deed {
            Deed::Stop => self.stop(&client, &target).await,
            Deed::Kill => self.kill(&client, &target).await,
            Deed::Pause => self.pause(&client, &target).await,
            Deed::Disconnect => self.disconnect(&client, &target).await,
            Deed::Apiserver => self.apiserver(&target).await,
            Deed::Restore => self.restore(&client, target).await,
        }
    }

    async fn stop(&self, client: &Client, target: &Target) -> Result<(), FaultError> {
        let options = StopContainerOptionsBuilder::new().t(STOP_SECONDS).build();
        let stopped = client.docker().stop_container(&target.id, Some(options));
        Ok(client.ask(&format!("stop {}", target.name), stopped).await?)
    }

    async fn kill(&self, client: &Client, target: &Target) -> Result<(), FaultError> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = client.docker().kill_container(&target.id, Some(options));
        Ok(client.ask(&format!("kill {}", target.name), killed).await?)
    }

    async fn pause(&self, client: &Client, target: &Target) -> Result<(), FaultError> {
        let paused = client.docker().pause_container(&target.id);
        Ok(client.ask(&format!("pause {}", target.name), paused).await?)
    }

    async fn disconnect(&self, client: &Client, target: &Target) -> Result<(), FaultError> {
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

    async fn apiserver(&self, target: &Target) -> Result<(), FaultError> {
        let script =
            format!("[ -e {MANIFEST} ] || [ ! -e {MANIFEST_ASIDE} ] || exit 0; mv {MANIFEST} {MANIFEST_ASIDE}");
        self.shell(target, "put the API server's manifest aside", script).await.map(drop)
    }

    /// Runs a script in the container, as root; its output.
    async fn shell(&self, target: &Target, what: &'static str, script: String) -> Result<String, FaultError> {
        let command = vec!["sh".to_owned(), "-c".to_owned(), script];
        let client = self.engine.patient_client(SCRIPT).await?;
        let output = Exec::run(&client, &target.id, command).await?;
        if output.code == 0 {
            return Ok(output.text);
        }
        let words = output.complaint().to_owned();
        Err(FaultError::Script { what, container: target.name.clone(), code: output.code, words })
    }

    fn remember(&self, target: &Target) {
        let mut cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        cut_off.insert(target.id.clone(), target.networks.clone());
    }

    fn remembered(&self, id: &str) -> Option<Vec<Address>> {
        let cut_off = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        cut_off.get(id).cloned()
    }
}
