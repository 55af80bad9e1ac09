//! A container's addresses on one engine network.

use bollard::models::EndpointSettings;
use serde::{Deserialize, Serialize};

/// A network that a container is attached to, and its addresses there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetworkAddress {
    /// Name of the network; `kind` for kind's nodes.
    pub network: String,
    /// IPv4 address. `None` if the container has none on this network.
    pub ipv4: Option<String>,
    /// Global IPv6 address. `None` if the container has none on this network.
    pub ipv6: Option<String>,
}

impl NetworkAddress {
    pub(super) fn from_settings(network: String, settings: EndpointSettings) -> Self {
        let non_empty = |address: Option<String>| address.filter(|address| !address.is_empty());
        Self { network, ipv4: non_empty(settings.ip_address), ipv6: non_empty(settings.global_ipv6_address) }
    }
}
