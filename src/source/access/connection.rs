//! Configuration of a client for a context of a kubeconfig.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    credential_cache::{CredentialCache, CredentialId},
    error::AccessError,
    kubeconfig::SelectedContext,
    plugin::{Plugin, PluginCredential},
    proxy::{self, ProxyEnvironment},
};
use crate::{clock::Clock, observation::Time};

/// Configuration of a client, and its validity.
pub(in crate::source) struct ApiConnection {
    /// Configuration of the client.
    pub(in crate::source) config: kube::Config,
    /// Time at which the configuration has to be made anew. `None` if it lasts.
    pub(in crate::source) renew_at: Option<Time>,
    /// Id of the credential. `None` if it is not from a plugin.
    pub(in crate::source) credential: Option<CredentialId>,
}

impl ApiConnection {
    /// Connection to a server without TLS or credentials.
    pub(super) fn plain(url: http::Uri) -> Self {
        Self { config: kube::Config::new(url), renew_at: None, credential: None }.with_own_retries()
    }

    /// Connection to the server of a context. Runs the user's plugin if the user has no other credential.
    ///
    /// # Errors
    ///
    /// Fails if the proxy's address is invalid, or the plugin gives no credential.
    pub(super) async fn of_context(
        selected: SelectedContext,
        url: http::Uri,
        credentials: &CredentialCache,
        clock: Clock,
    ) -> Result<Self, AccessError> {
        let SelectedContext { cluster, mut user, authorities, .. } = selected;
        let proxy = match cluster.proxy_url.as_deref().filter(|proxy| !proxy.trim().is_empty()) {
            Some(proxy) => Some(proxy::parse(proxy, "the kubeconfig's proxy-url")?),
            None => ProxyEnvironment::of_this_process().proxy_for(&url)?,
        };
        let (mut renew_at, mut credential) = (None, None);
        if let Some(exec) = user.exec.take()
            && user.token.is_none()
            && user.username.is_none()
        {
            let cached = credentials.get(Plugin::new(&exec, &cluster)?, clock).await?;
            let PluginCredential { token, certificate, .. } = cached.credential;
            user.token = token.map(Into::into);
            if let Some((certificate, key)) = certificate {
                user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
                user.client_key_data = Some(BASE64_STANDARD.encode(key).into());
            }
            (renew_at, credential) = (cached.renew_at, Some(cached.id));
        }
        let mut config = kube::Config::new(url);
        config.root_cert = authorities;
        config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
        config.tls_server_name = cluster.tls_server_name;
        config.proxy_url = proxy;
        config.auth_info = user;
        Ok(Self { config, renew_at, credential }.with_own_retries())
    }

    /// Turns off kube's retries: the 503 of a recovering server is a fact to report, and the sources have a backoff.
    fn with_own_retries(mut self) -> Self {
        self.config.default_retry = false;
        self.config.read_timeout = None;
        self
    }
}
