//! Target of the health checks, and its lookup.

use futures_util::{FutureExt as _, future::BoxFuture};

use super::check::{self, CHECK_TIMEOUT};
use crate::{
    clock::Clock,
    observation::{Cluster, Time},
    source::access::{self, AccessError, ApiAccess, ApiConnection, CredentialCache, CredentialId, Fingerprint},
};

/// Wait before another lookup after one that failed: 2 s, the longest backoff of a watch.
const RETRY_AFTER: chrono::Duration = chrono::Duration::seconds(2);

/// Target of the checks, as far as it is known.
pub(super) struct ProbeTarget {
    /// `host:port` for the check of the port. `None` if it is not known, or only reachable through a proxy.
    pub(super) address: Option<String>,
    /// Client for the HTTP checks. `None` while the kubeconfig is read or its plugin runs.
    pub(super) client: Option<Result<kube::Client, AccessError>>,
    pub(super) fingerprint: Fingerprint,
    /// Time of the next lookup. `None` if the target lasts.
    pub(super) renew_at: Option<Time>,
    /// Id of the credential. `None` if it is not from a plugin.
    pub(super) credential: Option<CredentialId>,
}

/// Lookup of a target under way.
pub(super) type TargetLookup = BoxFuture<'static, ProbeTarget>;

impl ProbeTarget {
    /// Target of which only the published address is known.
    pub(super) fn port_only(address: Option<String>) -> Self {
        Self { address, client: None, fingerprint: Fingerprint::default(), renew_at: None, credential: None }
    }

    /// Whether the cluster is not known yet, so that there is nothing to check.
    pub(super) fn is_unknown(&self) -> bool {
        self.address.is_none() && matches!(self.client, Some(Err(AccessError::NoCluster)))
    }

    /// Starts a lookup of the target.
    pub(super) fn lookup(
        access: ApiAccess,
        cluster: Option<Cluster>,
        credentials: CredentialCache,
        clock: Clock,
    ) -> TargetLookup {
        async move {
            let fingerprint = access.fingerprint().await;
            let endpoint = cluster.as_ref().and_then(|cluster| cluster.api_endpoint.clone());
            match access.connection(cluster.as_ref(), &credentials, clock).await {
                Ok(ApiConnection { mut config, renew_at, credential }) => {
                    config.connect_timeout = Some(CHECK_TIMEOUT);
                    config.write_timeout = Some(CHECK_TIMEOUT);
                    // A port behind a proxy can't be checked.
                    let direct = config.proxy_url.is_none().then(|| access::address(&config.cluster_url)).flatten();
                    let address = endpoint.or(direct);
                    Self { address, client: Some(check::client(config)), fingerprint, renew_at, credential }
                }
                Err(error) => {
                    // A plugin or a file system may succeed later with the same files.
                    let renew_at = Some(clock.now() + RETRY_AFTER);
                    Self { address: endpoint, client: Some(Err(error)), fingerprint, renew_at, credential: None }
                }
            }
        }
        .boxed()
    }
}
