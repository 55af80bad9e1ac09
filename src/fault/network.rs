//! Detaches a container from its networks, and attaches it again at its old addresses.

use bollard::models::{EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest};

use super::{network_address::NetworkAddress, target::ContainerTarget};
use crate::engine::{EngineClient, EngineError};

/// Detaches a container from a network.
pub(super) async fn disconnect(
    client: &EngineClient,
    target: &ContainerTarget,
    address: &NetworkAddress,
) -> Result<(), EngineError> {
    let request = NetworkDisconnectRequest { container: target.id.clone(), force: Some(false) };
    let operation = format!("disconnect {} from the network {}", target.name, address.network);
    client.request(&operation, client.docker().disconnect_network(&address.network, request)).await
}

/// Attaches a container to a network at its old address. If the engine refuses that (another container has it, or the
/// network's subnet was chosen by the engine), attaches it without IPv6, then at any address.
pub(super) async fn connect(
    client: &EngineClient,
    target: &ContainerTarget,
    address: &NetworkAddress,
) -> Result<(), EngineError> {
    let operation = format!("connect {} to the network {}", target.name, address.network);
    let connect = |ipam: Option<EndpointIpamConfig>| {
        let endpoint = ipam.map(|ipam| EndpointSettings { ipam_config: Some(ipam), ..EndpointSettings::default() });
        let request = NetworkConnectRequest { container: target.id.clone(), endpoint_config: endpoint };
        client.request(&operation, client.docker().connect_network(&address.network, request))
    };
    let at_ipv4 = |ipv6: Option<String>| {
        let ipv4_address = Some(address.ipv4.clone()?);
        Some(EndpointIpamConfig { ipv4_address, ipv6_address: ipv6, link_local_ips: None })
    };
    let mut choices = vec![at_ipv4(address.ipv6.clone()), at_ipv4(None), None];
    choices.dedup();
    let mut refusal = None;
    for choice in choices {
        match connect(choice).await {
            Err(error) if error.is_answer() => refusal = Some(error),
            result => return result,
        }
    }
    refusal.map_or(Ok(()), Err)
}
