//! The way to the API server: a context of a kubeconfig, or a plain URL (the lab, and tests).
//!
//! Nothing of a kubeconfig leaves this module but a client's configuration and, in errors, names and addresses. The
//! file is read again whenever it may have changed: it may be written late, and a cluster that is made anew gets
//! another port and other certificates.

use std::{env, fs, path::PathBuf, time::SystemTime};

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::failure;
use crate::observation::Cluster;

/// The way to the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    #[error("the kubeconfig {path} cannot be read: {words}")]
    Unreadable {
        /// The file.
        path: String,
        /// The error and its causes.
        words: String,
        /// The error.
        source: Box<KubeconfigError>,
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
        /// The error.
        source: Box<KubeconfigError>,
    },
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<Option<(SystemTime, u64)>>);

impl ApiAccess {
    /// The state of the files as of now.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let state = |path: PathBuf| {
            let file = fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        Fingerprint(self.files().into_iter().map(state).collect())
    }

    /// The configuration of a client, for the cluster as far as it is known.
    pub(crate) async fn config(&self, cluster: Option<&Cluster>) -> Result<kube::Config, AccessError> {
        install_tls();
        let mut config = match self {
            Self::Plain { url } => {
                let uri = url.parse().map_err(|source| AccessError::Url { url: url.clone(), source })?;
                kube::Config::new(uri)
            }
            Self::Kubeconfig { context, .. } => self.of_kubeconfig(context.as_deref(), cluster).await?,
        };
        // a recovering server's 503 is a fact, and waiting for it is ours
        config.default_retry = false;
        config.read_timeout = None;
        Ok(config)
    }

    async fn of_kubeconfig(
        &self,
        context: Option<&str>,
        cluster: Option<&Cluster>,
    ) -> Result<kube::Config, AccessError> {
        let context = context.or(cluster.map(|cluster| cluster.context.as_str())).ok_or(AccessError::NoCluster)?;
        let context = context.to_owned();
        let path = self.path();
        let name = cluster.map_or_else(|| context.trim_start_matches("kind-"), |cluster| &cluster.name).to_owned();
        let kubeconfig = self.read().map_err(|source| match source {
            KubeconfigError::ReadConfig(error, _) if error.kind() == std::io::ErrorKind::NotFound => {
                AccessError::Missing { path: path.clone(), cluster: name.clone() }
            }
            KubeconfigError::FindPath => AccessError::Missing { path: path.clone(), cluster: name.clone() },
            source => {
                AccessError::Unreadable { path: path.clone(), words: failure::words(&source), source: source.into() }
            }
        })?;
        if !kubeconfig.contexts.iter().any(|known| known.name == context) {
            let there: Vec<_> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            return Err(AccessError::NoContext { path, context, there, cluster: name });
        }
        let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|source| {
            let words = failure::words(&source);
            AccessError::Damaged {
                path: path.clone(),
                context: context.clone(),
                words,
                cluster: name.clone(),
                source: source.into(),
            }
        })?;
        if let Some(endpoint) = cluster.and_then(|cluster| cluster.api_endpoint.as_deref())
            && port_of(endpoint).is_some_and(|port| server_port(&config.cluster_url) != Some(port))
        {
            let server = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
            return Err(AccessError::OtherCluster {
                path,
                context,
                server,
                endpoint: endpoint.to_owned(),
                cluster: name,
            });
        }
        Ok(config)
    }

    fn read(&self) -> Result<Kubeconfig, KubeconfigError> {
        match self {
            Self::Kubeconfig { file: Some(file), .. } => Kubeconfig::read_from(file),
            _ => match Kubeconfig::from_env()? {
                Some(kubeconfig) => Ok(kubeconfig),
                None => Kubeconfig::read(),
            },
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Plain { .. } => Vec::new(),
            Self::Kubeconfig { file: Some(file), .. } => vec![file.clone()],
            Self::Kubeconfig { file: None, .. } => match env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
                Some(list) => env::split_paths(&list).collect(),
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
