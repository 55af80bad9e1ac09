//! Undoing whatever is wrong with a control plane: each step looks first, so it can be done at any time, twice, and by
//! another run of the program than the one that did the deed.

use std::env;

use super::{
    FaultError, FaultInjector, MANIFEST, MANIFEST_ASIDE, START,
    network::{self, NetworkAddress},
    target::ContainerTarget,
};

/// Keeps the node's last address, written by kind's entrypoint at each start.
const LAST_ADDRESS: &str = "cat /kind/old-ipv4 2>/dev/null || true";

/// The network of kind's nodes, unless `KIND_EXPERIMENTAL_DOCKER_NETWORK` names another.
const KIND_NETWORK: &str = "kind";

impl FaultInjector {
    /// Undoes what is wrong with the control plane `container`, whoever did it: unpauses it, connects it to its
    /// networks at its old addresses, starts it, and puts the API server's manifest back. Does nothing where nothing is
    /// wrong. Returns when the container runs, which is before its API server answers.
    ///
    /// # Errors
    /// The container is gone or not the cluster's, the engine cannot be asked or refuses, or the manifest cannot be
    /// moved.
    pub async fn restore(&self, container: &str) -> Result<(), FaultError> {
        let target = self.inspect(container).await?;
        let client = self.engine.patient_client(START).await?;
        if target.paused {
            let what = format!("unpause {}", target.name);
            client.ask(&what, client.docker().unpause_container(&target.id)).await?;
        }
        // before the start: kind's entrypoint reads the address
        for address in self.missing(&target).await? {
            network::connect(&client, &target, &address).await?;
        }
        if !target.running {
            let what = format!("start {}", target.name);
            client.ask(&what, client.docker().start_container(&target.id, None)).await?;
        }
        let script = format!("[ ! -e {MANIFEST_ASIDE} ] || [ -e {MANIFEST} ] || mv {MANIFEST_ASIDE} {MANIFEST}");
        self.shell(&target, "put the API server's manifest back", script).await.map(drop)
    }

    /// The networks it should be in and is not: those it was cut off from, else kind's if it is in none.
    async fn missing(&self, target: &ContainerTarget) -> Result<Vec<NetworkAddress>, FaultError> {
        let remembered = self.remembered(&target.id);
        if !remembered.is_empty() {
            let there = |address: &NetworkAddress| target.networks.iter().any(|is| is.network == address.network);
            return Ok(remembered.into_iter().filter(|address| !there(address)).collect());
        }
        if !target.networks.is_empty() {
            return Ok(Vec::new());
        }
        let network = env::var("KIND_EXPERIMENTAL_DOCKER_NETWORK").unwrap_or_else(|_| KIND_NETWORK.to_owned());
        let ipv4 = if target.running {
            let words = self.shell(target, "read its last address", LAST_ADDRESS.to_owned()).await?;
            words.parse().ok().map(|address: std::net::Ipv4Addr| address.to_string())
        } else {
            None
        };
        Ok(vec![NetworkAddress { network, ipv4, ipv6: None }])
    }
}
