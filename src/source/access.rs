//! The way to the API server: a context of a kubeconfig, or a plain URL (the lab, and tests).
//!
//! Nothing of a kubeconfig leaves this module but a client's configuration and, in errors, names and addresses. The
//! files are read again whenever they may have changed: they may be written late, and a cluster that is made anew gets
//! another port and other certificates. Reading them and running a plugin is bounded: neither can hold up a source for
//! longer than ten seconds.

mod credentials;
mod kubeconfig;
mod plugin;
mod proxy;

use std::{env, fs, path::PathBuf, time::SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

pub use credentials::CredentialCache;
pub(super) use credentials::Receipt;
use kubeconfig::{Chosen, LoadError};
use plugin::Plugin;
pub use plugin::PluginError;
use proxy::ProxyEnvironment;
pub use proxy::ProxyError;

use crate::{
    clock::Clock,
    observation::{Cluster, Time},
    small_file::{self, SlowFileSystem},
};

/// The way to the API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiAccess {
    /// A context of a kubeconfig.
    Kubeconfig {
        /// The file; nothing for `KUBECONFIG`, else `~/.kube/config`.
        file: Option<PathBuf>,
        /// The context; nothing for the one that belongs to the cluster.
        context: Option<String>,
    },
    /// A server without TLS or credentials, such as `http://127.0.0.1:8080`.
    Plain {
        /// Its URL.
        url: String,
    },
}

/// Why there is no way to the API server, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Which cluster is meant is not known yet.
    #[error("waiting for the cluster to be found")]
    NoCluster,
    /// There is no kubeconfig.
    #[error(
        "there is no kubeconfig at {path}: `kind export kubeconfig --name {cluster}` writes it, or name another with --kubeconfig"
    )]
    Missing {
        /// Where it was looked for.
        path: String,
        /// The cluster that it is for.
        cluster: String,
    },
    /// The kubeconfig cannot be read.
    #[error("the kubeconfig cannot be read: {words}")]
    Unreadable {
        /// The file, and what is wrong with it.
        words: String,
    },
    /// The file system of the kubeconfig is stuck.
    #[error("the kubeconfig {path} cannot be read: {source}")]
    Slow {
        /// The file.
        path: String,
        /// The error.
        source: SlowFileSystem,
    },
    /// It does not have the cluster's context.
    #[error(
        "the kubeconfig {path} has no context `{context}` (it has {there}): `kind export kubeconfig --name {cluster}` adds it"
    )]
    NoContext {
        /// The file.
        path: String,
        /// The context that was looked for.
        context: String,
        /// Those there are.
        there: String,
        /// The cluster.
        cluster: String,
    },
    /// What belongs to the context is damaged or missing.
    #[error(
        "the context `{context}` of the kubeconfig {path} is damaged ({words}): `kind export kubeconfig --name {cluster}` writes it anew"
    )]
    Damaged {
        /// The file.
        path: String,
        /// The context.
        context: String,
        /// The error and its causes.
        words: String,
        /// The cluster.
        cluster: String,
    },
    /// The user's credential plugin gave nothing.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The user has a kind of credential that Kubernetes gave up.
    #[error(
        "the user of the context `{context}` has an `auth-provider`, which Kubernetes 1.26 gave up: use its successor, an \
         `exec` plugin"
    )]
    AuthProvider {
        /// The context.
        context: String,
    },
    /// The proxy cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The context leads to another API server than the cluster's.
    #[error(
        "the context `{context}` of the kubeconfig {path} leads to {server}, and the cluster `{cluster}` is at {endpoint}: \
         `kind export kubeconfig --name {cluster}` corrects it"
    )]
    OtherCluster {
        /// The file.
        path: String,
        /// The context.
        context: String,
        /// Where it leads.
        server: String,
        /// Where the cluster is.
        endpoint: String,
        /// The cluster.
        cluster: String,
    },
    /// The plain URL is none.
    #[error("`{url}` is no URL of an API server: {source}")]
    Url {
        /// What was given.
        url: String,
        /// The error.
        source: http::uri::InvalidUri,
    },
    /// No client can be made of the configuration.
    #[error("no connection can be made with the kubeconfig: {words}")]
    Client {
        /// The error and its causes.
        words: String,
        /// The error.
        source: Box<kube::Error>,
    },
}

/// Tells two states of the files of a kubeconfig apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<Option<(SystemTime, u64)>>);

/// A way to the API server that was found.
pub(super) struct Connection {
    /// The configuration of a client.
    pub(super) config: kube::Config,
    /// When it has to be found anew. `None` if it lasts.
    pub(super) renew_at: Option<Time>,
    /// Names the credential, if a plugin gave it.
    pub(super) receipt: Option<Receipt>,
}

impl ApiAccess {
    /// The state of the files as of now; that of no files while the file system does not answer.
    pub(super) async fn fingerprint(&self) -> Fingerprint {
        let files = self.files();
        let state = |path: PathBuf| {
            let file = fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        small_file::bounded(move || Fingerprint(files.into_iter().map(state).collect())).await.unwrap_or_default()
    }

    /// Finds the way, for the cluster as far as it is known.
    pub(super) async fn connection(
        &self,
        cluster: Option<&Cluster>,
        credentials: &CredentialCache,
        clock: Clock,
    ) -> Result<Connection, AccessError> {
        install_tls();
        let mut connection = match self {
            Self::Plain { url } => {
                let url = url.parse().map_err(|source| AccessError::Url { url: url.clone(), source })?;
                Connection { config: kube::Config::new(url), renew_at: None, receipt: None }
            }
            Self::Kubeconfig { context, .. } => {
                self.of_kubeconfig(context.as_deref(), cluster, credentials, clock).await?
            }
        };
        // a recovering server's 503 is a fact, and waiting for it is ours
        connection.config.default_retry = false;
        connection.config.read_timeout = None;
        Ok(connection)
    }

    async fn of_kubeconfig(
        &self,
        context: Option<&str>,
        cluster: Option<&Cluster>,
        credentials: &CredentialCache,
        clock: Clock,
    ) -> Result<Connection, AccessError> {
        let context = context.or(cluster.map(|cluster| cluster.context.as_str())).ok_or(AccessError::NoCluster)?;
        let context = context.to_owned();
        let name = cluster.map_or_else(|| context.trim_start_matches("kind-"), |cluster| &cluster.name).to_owned();
        let (files, wanted) = (self.files(), context.clone());
        let loaded = small_file::bounded(move || kubeconfig::load(&files, &wanted)).await;
        let loaded = loaded.map_err(|source| AccessError::Slow { path: self.path(), source })?;
        let chosen = loaded.map_err(|error| self.explain(error, &context, &name))?;
        let Ok(url) = chosen.server.parse::<http::Uri>() else {
            let damaged = LoadError::Damaged("its cluster's server is no URL".to_owned());
            return Err(self.explain(damaged, &context, &name));
        };
        if let Some(endpoint) = cluster.and_then(|cluster| cluster.api_endpoint.as_deref())
            && port_of(endpoint).is_some_and(|port| server_port(&url) != Some(port))
        {
            let server = address(&url).unwrap_or_default();
            let endpoint = endpoint.to_owned();
            return Err(AccessError::OtherCluster { path: self.path(), context, server, endpoint, cluster: name });
        }
        if chosen.user.auth_provider.is_some() {
            return Err(AccessError::AuthProvider { context });
        }
        connect(chosen, url, credentials, clock).await
    }

    fn explain(&self, error: LoadError, context: &str, cluster: &str) -> AccessError {
        let (path, context, cluster) = (self.path(), context.to_owned(), cluster.to_owned());
        match error {
            LoadError::Missing => AccessError::Missing { path, cluster },
            LoadError::Unreadable(words) => AccessError::Unreadable { words },
            LoadError::NoContext(there) => {
                let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
                AccessError::NoContext { path, context, there, cluster }
            }
            LoadError::Damaged(words) => AccessError::Damaged { path, context, words, cluster },
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Plain { .. } => Vec::new(),
            Self::Kubeconfig { file: Some(file), .. } => vec![file.clone()],
            Self::Kubeconfig { file: None, .. } => match env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
                Some(list) => env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
                None => env::var_os("HOME")
                    .or_else(|| env::var_os("USERPROFILE"))
                    .map(|home| PathBuf::from(home).join(".kube").join("config"))
                    .into_iter()
                    .collect(),
            },
        }
    }

    fn path(&self) -> String {
        let files: Vec<_> = self.files().iter().map(|file| file.display().to_string()).collect();
        if files.is_empty() { "~/.kube/config".to_owned() } else { files.join(", ") }
    }
}

/// The configuration for what a context leads to; runs the user's plugin where that is the user's only credential.
async fn connect(
    chosen: Chosen,
    url: http::Uri,
    credentials: &CredentialCache,
    clock: Clock,
) -> Result<Connection, AccessError> {
    let Chosen { cluster, mut user, authorities, .. } = chosen;
    let proxy = match cluster.proxy_url.as_deref().filter(|proxy| !proxy.trim().is_empty()) {
        Some(proxy) => Some(proxy::parse(proxy, "the kubeconfig's proxy-url")?),
        None => ProxyEnvironment::of_this_process().proxy_for(&url)?,
    };
    let (mut renew_at, mut receipt) = (None, None);
    if let Some(exec) = user.exec.take()
        && user.token.is_none()
        && user.username.is_none()
    {
        let given = credentials.of(Plugin::new(&exec, &cluster)?, clock).await?;
        let plugin::Credential { token, certificate, .. } = given.credential;
        user.token = token.map(Into::into);
        if let Some((certificate, key)) = certificate {
            user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
            user.client_key_data = Some(BASE64_STANDARD.encode(key).into());
        }
        (renew_at, receipt) = (given.until, Some(given.receipt));
    }
    let mut config = kube::Config::new(url);
    config.root_cert = authorities;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name;
    config.proxy_url = proxy;
    config.auth_info = user;
    Ok(Connection { config, renew_at, receipt })
}

/// Reads the kubeconfig `file`. Returns why it leads nowhere, `None` if it leads to a server. For the fuzz target.
pub(crate) fn words_of_kubeconfig(file: &std::path::Path, context: &str) -> Option<String> {
    let access = ApiAccess::Kubeconfig { file: Some(file.to_owned()), context: None };
    let error = kubeconfig::load(&access.files(), context).err()?;
    Some(access.explain(error, context, "demo").to_string())
}

/// `host:port` of a server's URL.
pub(super) fn address(url: &http::Uri) -> Option<String> {
    let host = url.host()?;
    Some(format!("{host}:{}", server_port(url)?))
}

fn server_port(url: &http::Uri) -> Option<u16> {
    url.port_u16().or(match url.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

fn port_of(endpoint: &str) -> Option<u16> {
    endpoint.rsplit_once(':')?.1.parse().ok()
}

/// Chooses the one TLS implementation there is. May be called any number of times.
pub(super) fn install_tls() {
    // an error means that it was chosen before
    let _chosen_before = rustls::crypto::ring::default_provider().install_default();
}
