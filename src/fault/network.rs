//! Cutting a container off from its networks, and giving it back its place there.

use bollard::models::{EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest};
use serde::{Deserialize, Serialize};

use super::target::ContainerTarget;
use crate::engine::{EngineClient, EngineError};

/// A container's place in a network of the engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetworkAddress {
    /// Name of the network; `kind` for kind's nodes.
    pub network: String,
    /// IPv4 address there; `None` if the engine gave none.
    pub ipv4: Option<String>,
    /// Global IPv6 address there; `None` if the engine gave none.
    pub ipv6: Option<String>,
}

impl NetworkAddress {
    pub(super) fn of((network, settings): (String, EndpointSettings)) -> Self {
        let known = |address: Option<String>| address.filter(|address| !address.is_empty());
        Self { network, ipv4: known(settings.ip_address), ipv6: known(settings.global_ipv6_address) }
    }
}

pub(super) async fn disconnect(
    client: &EngineClient,
    target: &ContainerTarget,
    address: &NetworkAddress,
) -> Result<(), EngineError> {
    let request = NetworkDisconnectRequest { container: target.id.clone(), force: Some(false) };
    let what = format!("disconnect {} from the network {}", target.name, address.network);
    client.ask(&what, client.docker().disconnect_network(&address.network, request)).await
}

/// Connects it at its old address; where that is taken by now, at any.
pub(super) async fn connect(
    client: &EngineClient,
    target: &ContainerTarget,
    address: &NetworkAddress,
) -> Result<(), EngineError> {
    let what = format!("connect {} to the network {}", target.name, address.network);
    let ask = |ipam: Option<EndpointIpamConfig>| {
        let endpoint = ipam.map(|ipam| EndpointSettings { ipam_config: Some(ipam), ..EndpointSettings::default() });
        let request = NetworkConnectRequest { container: target.id.clone(), endpoint_config: endpoint };
        client.ask(&what, client.docker().connect_network(&address.network, request))
    };
    let ipam = |ipv6: Option<String>| {
        let ipv4_address = address.ipv4.clone()?;
        Some(EndpointIpamConfig { ipv4_address: Some(ipv4_address), ipv6_address: ipv6, link_local_ips: None })
    };
    // a wish for an address may be refused (taken, or the network's range was given by the engine): then another will
    // do
    let mut wishes = vec![ipam(address.ipv6.clone()), ipam(None), None];
    wishes.dedup();
    let mut refused = None;
    for wish in wishes {
        match ask(wish).await {
            Err(error) if error.is_answer() => refused = Some(error),
            done => return done,
        }
    }
    refused.map_or(Ok(()), Err)
}
