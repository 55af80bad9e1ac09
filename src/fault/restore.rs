//! Restore of a control plane from whatever fault is found.
//!
//! Each step checks the state first, so that a restore may run at any time, twice, and in another run of the program
//! than the one that did the fault.

use std::{env, net::Ipv4Addr, time::Duration};

use super::{
    error::FaultError, injector::FaultInjector, manifest, network, network_address::NetworkAddress,
    target::ContainerTarget,
};

/// Time limit of each step; a start took 0.8 s on the slowest machine measured.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);

/// Script that prints the node's last IPv4 address, which kind's entrypoint writes at each start.
const LAST_ADDRESS: &str = "cat /kind/old-ipv4 2>/dev/null || true";

/// Network of kind's nodes, unless `KIND_EXPERIMENTAL_DOCKER_NETWORK` names another.
const KIND_NETWORK: &str = "kind";

impl FaultInjector {
    /// Undoes all faults of a control plane, whoever caused them: unpauses it, attaches it to its networks at its old
    /// addresses, starts it, and moves the API server's manifest back. Does nothing if nothing is wrong. Returns when
    /// the container runs, which is before its API server answers.
    ///
    /// # Errors
    ///
    /// Fails if the container does not exist or is not the cluster's, if the engine can't be asked or refuses, or if
    /// the manifest can't be moved.
    pub async fn restore(&self, container: &str) -> Result<(), FaultError> {
        let target = self.inspect(container).await?;
        let client = self.engine.client_with_timeout(STEP_TIMEOUT).await?;
        if target.paused {
            let operation = format!("unpause {}", target.name);
            client.request(&operation, client.docker().unpause_container(&target.id)).await?;
        }
        // Before the start, because kind's entrypoint reads the address.
        for address in self.missing_networks(&target).await? {
            network::connect(&client, &target, &address).await?;
        }
        if !target.running {
            let operation = format!("start {}", target.name);
            client.request(&operation, client.docker().start_container(&target.id, None)).await?;
        }
        let operation = "put the API server's manifest back";
        self.run_script(&target, operation, manifest::move_back()).await.map(drop)
    }

    /// Networks that the container lacks: those it was detached from, or kind's if it has none.
    async fn missing_networks(&self, target: &ContainerTarget) -> Result<Vec<NetworkAddress>, FaultError> {
        let remembered = self.remembered_networks(&target.id);
        if !remembered.is_empty() {
            let is_attached =
                |address: &NetworkAddress| target.networks.iter().any(|attached| attached.network == address.network);
            return Ok(remembered.into_iter().filter(|address| !is_attached(address)).collect());
        }
        if !target.networks.is_empty() {
            return Ok(Vec::new());
        }
        let network = env::var("KIND_EXPERIMENTAL_DOCKER_NETWORK").unwrap_or_else(|_| KIND_NETWORK.to_owned());
        let ipv4 = if target.running {
            let output = self.run_script(target, "read its last address", LAST_ADDRESS.to_owned()).await?;
            output.parse().ok().map(|address: Ipv4Addr| address.to_string())
        } else {
            None
        };
        Ok(vec![NetworkAddress { network, ipv4, ipv6: None }])
    }
}
